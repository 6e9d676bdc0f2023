//! The page: starts the app. [`tabernetes_web`] is where to look.

fn main() {
    tabernetes_web::mount();
}
