use std::cell::RefCell; use std::rc::Rc; use std::collections::BTreeMap; use std::path::Path;
use tabernetes::transcript::*; use tabernetes::replay::equal;
use tabernetes_engine::*; use tabernetes_engine::process::*; use tabernetes_engine::sim::*; use tabernetes_engine::bootstrap::Profile;
use tabernetes_engine::api::{Client,User};
use std::time::Duration;
struct Sys { dir: String }
impl System for Sys { fn run(&self, line:&str, p: Process)->LocalFuture<i32>{ 
  sync_out(&p.files,&self.dir); let (o,c)=bash(&self.dir,line,b""); p.out(String::from_utf8_lossy(&o)); sync_in(&p.files,&self.dir); Box::pin(async move{c}) } }
fn bash(dir:&str, line:&str, input:&[u8])->(Vec<u8>,i32){ use std::io::Write; 
  let mut c=std::process::Command::new("bash").arg("-c").arg(line).current_dir(format!("{dir}/home/user")).env("PATH","/usr/bin:/bin").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
  let mut si=c.stdin.take().unwrap(); let inp=input.to_vec(); let t=std::thread::spawn(move||{let _=si.write_all(&inp);}); let o=c.wait_with_output().unwrap(); let _=t.join(); let mut v=o.stdout; if o.status.code()!=Some(127){v.extend(o.stderr);} (v,o.status.code().unwrap_or(1)) }
fn sync_out(f:&FileSystem,dir:&str){ for (p,n) in f.all(){ let t=format!("{dir}{p}"); match n { Node::Directory=>{let _=std::fs::create_dir_all(&t);} Node::File(b,_)=>{ if let Some(d)=Path::new(&t).parent(){let _=std::fs::create_dir_all(d);} let _=std::fs::write(&t,&b);} _=>{} } } }
fn sync_in(f:&FileSystem,dir:&str){ fn walk(f:&FileSystem,dir:&str,p:&str){ for e in std::fs::read_dir(format!("{dir}{p}")).unwrap().flatten(){ let n=format!("{}/{}",p.trim_end_matches('/'),e.file_name().to_string_lossy()); if e.path().is_dir(){ if !f.is_directory(&n){let _=f.create_directory(&n);} walk(f,dir,&n);} else { f.put(&n,Node::File(std::fs::read(e.path()).unwrap().into(),0o644)); } } }
  for (p,n) in f.all(){ if matches!(n,Node::File(..)) && (p.starts_with("/home")||p.starts_with("/tmp")) && !Path::new(&format!("{dir}{p}")).exists(){ let _=f.remove(&p);} }
  walk(f,dir,"/"); }
fn split(s:&str, seps:&[&str])->Vec<(String,String)>{ // top-level split
  let b:Vec<char>=s.chars().collect(); let mut out=vec![]; let mut cur=String::new(); let mut i=0; let mut q=None; let mut depth=0;
  'o: while i<b.len(){ let c=b[i]; if c=='\\' && q!=Some('\'') { cur.push(c); i+=1; if i<b.len(){cur.push(b[i]); i+=1;} continue; }
    if let Some(x)=q { if c==x {q=None;} cur.push(c); i+=1; continue; }
    if c=='\''||c=='"' { q=Some(c); cur.push(c); i+=1; continue; }
    if c=='(' {depth+=1;} if c==')' {depth-=1;}
    if depth==0 { for sp in seps { let sc:Vec<char>=sp.chars().collect(); if b[i..].starts_with(&sc) && !(*sp=="&" && (i>0&&b[i-1]=='>')) && !(*sp=="|" && b.get(i+1)==Some(&'|')) { out.push((cur.trim().to_string(),sp.to_string())); cur=String::new(); i+=sc.len(); continue 'o; } } }
    cur.push(c); i+=1; }
  if !cur.trim().is_empty(){ out.push((cur.trim().to_string(),String::new())); } out }
struct H { cluster: cluster::Cluster, dir:String, base: Process, client: Client }
impl H {
 fn words(&self,s:&str)->Vec<String>{ let (o,_)=bash(&self.dir,&format!("for a in a; do :; done; printf '%s\\0' {s}"),b""); let t=String::from_utf8_lossy(&o).into_owned(); let mut v:Vec<String>=t.split('\0').map(String::from).collect(); v.pop(); v }
 fn kubectl(&mut self,cmd:&str,stdin:&[u8],timeout:Option<u64>)->(Vec<u8>,Vec<(bool,Vec<u8>)>,i32){
   let mut cmd=cmd.to_string(); let mut env=BTreeMap::new();
   let mut to=None; let mut errto=0; // 0 both,1 null,2 merge
   for (pat,k) in [("2>&1",2),("2>/dev/null",1),("> /dev/null",3),("2> /dev/null",1)] { if cmd.contains(pat) && !cmd.contains(&format!("'{pat}")) { cmd=cmd.replace(pat,""); if k==3 {to=Some("/dev/null".to_string())} else {errto=k;} } }
   cmd=cmd.replace("< /dev/null","");
   let parts=split(&cmd,&[">"]); if parts.len()==2 { to=Some(parts[1].0.trim().to_string()); cmd=parts[0].0.clone(); }
   // nested $(kubectl ...)
   while let Some(a)=cmd.find("$(kubectl") { let e=cmd[a..].find(')').unwrap()+a; let inner=cmd[a+2..e].to_string(); let (o,_,_)=self.kubectl(&inner,b"",None); cmd=format!("{}{}{}",&cmd[..a],String::from_utf8_lossy(&o).trim(),&cmd[e+1..]); }
   loop { let first=cmd.split(' ').next().unwrap().to_string(); if first.contains('=') && !first.starts_with("kubectl") { let ws=split(&cmd,&[" "]); let w=self.words(&ws[0].0); let (k,v)=w[0].split_once('=').unwrap(); env.insert(k.to_string(),v.to_string()); cmd=cmd[ws[0].0.len()..].trim().to_string(); } else {break} }
   let args=self.words(&cmd);
   let mut p=self.base.clone(); p.args=args; p.env.extend(env); p.stdin=Pipe::holding(&p.clock,stdin);
   let log:Rc<RefCell<Vec<(bool,Vec<u8>)>>>=Rc::default();
   p.stdout=pipe(&p.clock); p.stderr=pipe(&p.clock);
   let code=Rc::new(RefCell::new(None)); let c2=code.clone(); let (o,e)=(p.stdout.clone(),p.stderr.clone());
   let cl=self.client.clone(); let l2=log.clone();
   let clock=p.clock.clone();
   let fut=async move { let mut f=std::pin::pin!(kubectl::run(p,cl)); std::future::poll_fn(|cx|{ let r=std::future::Future::poll(f.as_mut(),cx); let a=e.take(); let b=o.take(); if !b.is_empty(){l2.borrow_mut().push((true,b));} if !a.is_empty(){l2.borrow_mut().push((false,a));} if let std::task::Poll::Ready(c)=r { *c2.borrow_mut()=Some(c); std::task::Poll::Ready(()) } else {std::task::Poll::Pending} }).await; };
   let id=self.cluster.tasks.spawn(&clock,fut); let start=clock.now();
   self.cluster.settle(); let mut n=0;
   while code.borrow().is_none() { n+=1; let lim=timeout.map(|t|start+Duration::from_secs(t)); let next=self.cluster.next_due(); let t=match(next,lim){(Some(a),Some(b))=>a.min(b),(Some(a),None)=>a,(None,Some(b))=>b,(None,None)=>{break}}; self.cluster.advance(t); if lim.is_some_and(|l|t>=l) && code.borrow().is_none() { self.cluster.tasks.kill(&clock,id); *code.borrow_mut()=Some(124);} if n>20000 {println!("STUCK {cmd}"); self.cluster.tasks.kill(&clock,id); break;} }
   let mut out=vec![]; let mut all=vec![];
   for (is_out,b) in log.borrow().iter(){ if *is_out { if to.is_some(){ out.extend(b); } else {out.extend(b); all.push((true,b.clone()));} } else { match errto {1=>{},2=>{out.extend(b); all.push((true,b.clone()))},_=>all.push((false,b.clone()))} } }
   if let Some(t)=to { if t!="/dev/null" { self.base.files.put(&self.base.path(&t),Node::File(out.clone().into(),0o644)); } out.clear(); all.retain(|x|!x.0); }
   let c=code.borrow().unwrap_or(99); (out,all,c)
 }
 fn step(&mut self, line:&str)->(String,i32){ let mut text=Vec::new(); let mut code=0; let mut skip_bg=vec![];
  for (seq,sep) in split(line,&[";","&&","&","\n"]) { 
    if sep=="&" { skip_bg.push(seq.clone()); continue; }
    let mut input:Option<Vec<u8>>=None;
    if let Some(n)=seq.strip_prefix("sleep ") { let t=self.base.clock.now()+Duration::from_secs_f64(n.trim().parse().unwrap_or(1.0)); self.cluster.advance(t); continue; }
    let pipes=split(&seq,&["|"]); let last=pipes.len()-1;
    for (i,(part,_)) in pipes.iter().enumerate(){
      let mut timeout=None; let mut part=part.clone(); if let Some(r)=part.strip_prefix("timeout ") { let (n,r)=r.split_once(' ').unwrap(); timeout=n.parse().ok(); part=r.to_string(); }
      let is_k={ let mut w=split(&part,&[" "]).into_iter().map(|x|x.0).collect::<Vec<_>>(); while w.first().is_some_and(|f|f.contains('=')&&!f.starts_with("kubectl")){w.remove(0);} w.first().is_some_and(|f|f=="kubectl") };
      if is_k { let bg=std::mem::take(&mut skip_bg); if !bg.is_empty(){ text.extend(b"[background skipped]\n"); }
        sync_out(&self.base.files,&self.dir); let (o,all,c)=self.kubectl(&part,&input.take().unwrap_or_default(),timeout); sync_out(&self.base.files,&self.dir); code=c;
        if i==last { for (_,b) in all {text.extend(b);} } else { for (is,b) in all { if !is {text.extend(b);} } input=Some(o); } }
      else { sync_out(&self.base.files,&self.dir); let rest=pipes[i..].iter().take_while(|p|!p.0.starts_with("kubectl")).map(|p|p.0.clone()).collect::<Vec<_>>(); if rest.len()<pipes.len()-i { let (o,_)=bash(&self.dir,&part,&input.take().unwrap_or_default()); input=Some(o); continue; }
        let (o,c)=bash(&self.dir,&rest.join(" | "),&input.take().unwrap_or_default()); text.extend(o); code=c; sync_in(&self.base.files,&self.dir); break; }
    }
  }
  (String::from_utf8_lossy(&text).into_owned(),code) }
}
fn main(){ let args:Vec<String>=std::env::args().collect(); let quiet=args.iter().any(|a|a=="-q"); let (mut ok,mut all)=(0,0);
 for f in args[1..].iter().filter(|a|!a.starts_with('-')) {
  let t=Transcript::parse(&std::fs::read_to_string(f).unwrap()).unwrap(); let dir=format!("/tmp/k/fs{}",std::process::id()); let _=std::fs::remove_dir_all(&dir); std::fs::create_dir_all(format!("{dir}/home/user")).unwrap(); std::fs::create_dir_all(format!("{dir}/tmp")).unwrap();
  let nodes:Vec<&str>=if t.nodes.is_empty(){vec!["minikube"]}else{t.nodes.iter().map(|s|s.as_str()).collect()};
  let cluster=bootstrap::cluster(if t.minikube{Profile::Minikube}else{Profile::Bare},&nodes,meta::Time::from_civil(2026,11,23,5,0,0),7);
  let files=FileSystem::default(); files.put("/home/user",Node::Directory); files.put("/tmp",Node::Directory); for (n,x) in &t.files { files.put(&format!("/home/user/{n}"),Node::File(x.as_bytes().into(),0o644)); }
  files.put("/home/user/.kube/config",Node::File(kubectl::config::standard().into_bytes().into(),0o600));
  let clock=cluster.clock.clone(); let client=Client::new(&cluster.server,User{name:"kubernetes-admin".into(),groups:vec!["system:masters".into(),"system:authenticated".into()],..User::default()},"kubectl");
  let base=Process{args:vec![],env:BTreeMap::from([("HOME".to_string(),"/home/user".to_string())]),cwd:"/home/user".into(),stdin:pipe(&clock),stdout:pipe(&clock),stderr:pipe(&clock),tty:false,columns:120,files,net:Loopback::new(&clock),clock:clock.clone(),rng:cluster.rng.clone(),system:Rc::new(Sys{dir:dir.clone()})};
  let mut h=H{cluster,dir,base,client}; let (mut fo,mut fa)=(0,0);
  for s in &t.steps { fa+=1; let r=std::panic::catch_unwind(std::panic::AssertUnwindSafe(||h.step(&s.command))); let (o,c)=r.unwrap_or(("PANIC\n".into(),101)); let got=Step{line:s.line,command:s.command.clone(),output:o.lines().map(String::from).collect(),code:c};
    if equal(s,&got){fo+=1;} else if !quiet { println!("== {}:{} $ {}\n--- want [{}]\n{}\n--- got [{}]\n{}",f.rsplit('/').next().unwrap(),s.line,s.command,s.code,s.output.join("\n"),c,o); } }
  println!("{} {fo}/{fa}",f.rsplit('/').next().unwrap()); ok+=fo; all+=fa; }
 println!("TOTAL {ok}/{all}"); }
