//! Time zones: how far ahead of UTC a place is, summer time included.

use crate::meta::Time;

/// When a zone has summer time.
#[derive(Clone, Copy)]
enum Summer {
    Never,
    /// From the last Sunday of March to the last of October, at 01:00 UTC.
    Europe,
    /// From the second Sunday of March to the first of November, at 02:00 there.
    America,
    /// From the first Sunday of October to the first of April, at 02:00 there.
    Australia,
    /// From the last Sunday of September to the first of April, at 02:00 there.
    NewZealand,
}

/// Minutes ahead of UTC in winter, the kind of summer time, and the zones that have both.
const ROWS: &[(i64, Summer, &str)] = &[
    (
        0,
        Summer::Never,
        "UTC Etc/UTC UCT Etc/UCT Universal Etc/Universal Zulu Etc/Zulu GMT Etc/GMT Greenwich Africa/Abidjan \
        Africa/Accra Africa/Dakar Atlantic/Reykjavik Iceland",
    ),
    (
        0,
        Summer::Europe,
        "Europe/London Europe/Dublin Europe/Lisbon Europe/Belfast Europe/Jersey Atlantic/Canary GB Eire Portugal WET",
    ),
    (
        60,
        Summer::Never,
        "Africa/Lagos Africa/Algiers Africa/Tunis Africa/Luanda Africa/Kinshasa Africa/Casablanca Etc/GMT-1",
    ),
    (
        60,
        Summer::Europe,
        "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Vienna Europe/Zurich Europe/Amsterdam \
        Europe/Brussels Europe/Luxembourg Europe/Copenhagen Europe/Oslo Europe/Stockholm Europe/Prague Europe/Warsaw \
        Europe/Budapest Europe/Bratislava Europe/Ljubljana Europe/Zagreb Europe/Belgrade Europe/Sarajevo Europe/Skopje \
        Europe/Tirane Europe/Podgorica Europe/Malta Europe/Monaco Europe/Andorra Europe/Vaduz Europe/San_Marino Europe/Vatican \
        Europe/Gibraltar Poland CET MET",
    ),
    (
        120,
        Summer::Never,
        "Africa/Johannesburg Africa/Harare Africa/Maputo Africa/Tripoli Africa/Khartoum Europe/Kaliningrad Etc/GMT-2",
    ),
    (
        120,
        Summer::Europe,
        "Europe/Athens Europe/Helsinki Europe/Kyiv Europe/Kiev Europe/Bucharest Europe/Sofia Europe/Riga \
        Europe/Tallinn Europe/Vilnius Europe/Chisinau Asia/Nicosia EET",
    ),
    (
        180,
        Summer::Never,
        "Europe/Moscow Europe/Istanbul Europe/Minsk Turkey Africa/Nairobi Africa/Addis_Ababa Asia/Baghdad \
        Asia/Riyadh Asia/Kuwait Asia/Qatar Asia/Bahrain Asia/Amman Asia/Damascus Etc/GMT-3",
    ),
    (210, Summer::Never, "Asia/Tehran Iran"),
    (240, Summer::Never, "Asia/Dubai Asia/Baku Asia/Tbilisi Asia/Yerevan Asia/Muscat Europe/Samara Indian/Mauritius"),
    (270, Summer::Never, "Asia/Kabul"),
    (300, Summer::Never, "Asia/Karachi Asia/Tashkent Asia/Yekaterinburg Asia/Almaty Indian/Maldives"),
    (330, Summer::Never, "Asia/Kolkata Asia/Calcutta Asia/Colombo"),
    (345, Summer::Never, "Asia/Kathmandu"),
    (360, Summer::Never, "Asia/Dhaka Asia/Omsk Asia/Bishkek"),
    (390, Summer::Never, "Asia/Yangon"),
    (420, Summer::Never, "Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh Asia/Saigon Asia/Novosibirsk Asia/Krasnoyarsk"),
    (
        480,
        Summer::Never,
        "Asia/Shanghai Asia/Singapore Asia/Hong_Kong Asia/Taipei Asia/Manila Asia/Kuala_Lumpur Asia/Irkutsk \
        Australia/Perth PRC Singapore Hongkong ROC",
    ),
    (540, Summer::Never, "Asia/Tokyo Asia/Seoul Asia/Pyongyang Asia/Yakutsk Japan ROK"),
    (570, Summer::Never, "Australia/Darwin"),
    (570, Summer::Australia, "Australia/Adelaide"),
    (600, Summer::Never, "Australia/Brisbane Asia/Vladivostok Pacific/Guam Pacific/Port_Moresby"),
    (600, Summer::Australia, "Australia/Sydney Australia/Melbourne Australia/Hobart Australia/Canberra"),
    (660, Summer::Never, "Asia/Magadan Pacific/Noumea"),
    (720, Summer::Never, "Pacific/Fiji Asia/Kamchatka"),
    (720, Summer::NewZealand, "Pacific/Auckland NZ"),
    (-60, Summer::Never, "Atlantic/Cape_Verde"),
    (
        -180,
        Summer::Never,
        "America/Sao_Paulo America/Argentina/Buenos_Aires America/Buenos_Aires America/Montevideo America/Bahia",
    ),
    (-210, Summer::America, "America/St_Johns"),
    (
        -240,
        Summer::Never,
        "America/Caracas America/La_Paz America/Manaus America/Puerto_Rico America/Santo_Domingo America/Asuncion",
    ),
    (-240, Summer::America, "America/Halifax Atlantic/Bermuda"),
    (-300, Summer::Never, "America/Bogota America/Lima America/Panama America/Jamaica America/Guayaquil EST"),
    (
        -300,
        Summer::America,
        "America/New_York America/Toronto America/Detroit America/Montreal America/Havana US/Eastern EST5EDT",
    ),
    (
        -360,
        Summer::Never,
        "America/Mexico_City America/Costa_Rica America/Guatemala America/El_Salvador America/Regina",
    ),
    (-360, Summer::America, "America/Chicago America/Winnipeg US/Central CST6CDT"),
    (-420, Summer::Never, "America/Phoenix America/Hermosillo US/Arizona MST"),
    (-420, Summer::America, "America/Denver America/Edmonton US/Mountain MST7MDT"),
    (-480, Summer::America, "America/Los_Angeles America/Vancouver America/Tijuana US/Pacific PST8PDT"),
    (-540, Summer::America, "America/Anchorage US/Alaska"),
    (-600, Summer::Never, "Pacific/Honolulu US/Hawaii HST"),
];

/// Minutes that a zone is ahead of UTC at a moment; `None` if there is no such zone.
pub fn ahead(zone: &str, at: Time) -> Option<i64> {
    let (winter, summer, _) = ROWS.iter().find(|(_, _, names)| names.split_whitespace().any(|name| name == zone))?;
    Some(winter + if is_summer(*summer, *winter, at) { 60 } else { 0 })
}

fn is_summer(summer: Summer, winter: i64, at: Time) -> bool {
    let (year, ..) = at.civil();
    let days = |month, day| days_from_civil(year, month, day);
    // Where summer begins and ends, in seconds of UTC.
    let at_two = |day: i64, summer: i64| day * 86_400 + 7200 - (winter + summer) * 60;
    let (begin, end) = match summer {
        Summer::Never => return false,
        Summer::Europe => (sunday_before(days(4, 1)) * 86_400 + 3600, sunday_before(days(11, 1)) * 86_400 + 3600),
        Summer::America => (at_two(sunday_from(days(3, 8)), 0), at_two(sunday_from(days(11, 1)), 60)),
        Summer::Australia => (at_two(sunday_from(days(10, 1)), 0), at_two(sunday_from(days(4, 1)), 60)),
        Summer::NewZealand => (at_two(sunday_before(days(10, 1)), 0), at_two(sunday_from(days(4, 1)), 60)),
    };
    let now = at.seconds();
    if begin < end { begin <= now && now < end } else { now >= begin || now < end }
}

/// The first Sunday from a day on, in days since 1970: that began on a Thursday.
fn sunday_from(day: i64) -> i64 {
    day + (10 - day.rem_euclid(7)).rem_euclid(7)
}

fn sunday_before(day: i64) -> i64 {
    sunday_from(day - 7)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_know_their_summers() {
        for (zone, at, expect) in [
            ("UTC", "2026-07-01T00:00:00Z", Some(0)),
            ("Europe/Berlin", "2026-03-29T00:59:59Z", Some(60)),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", Some(120)),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", Some(60)),
            ("America/New_York", "2026-03-08T06:59:59Z", Some(-300)),
            ("America/New_York", "2026-03-08T07:00:00Z", Some(-240)),
            ("America/New_York", "2026-11-01T06:00:00Z", Some(-300)),
            ("Australia/Sydney", "2026-01-15T00:00:00Z", Some(660)),
            ("Australia/Sydney", "2026-07-15T00:00:00Z", Some(600)),
            ("Mars/Base", "2026-07-15T00:00:00Z", None),
        ] {
            assert_eq!(ahead(zone, Time::parse(at).unwrap()), expect, "{zone} {at}");
        }
    }
}
