//! Two real Asterisks: the PBX that is measured, and everybody outside: its callers and the other ends of its phones.
//!
//! They run by chroot in the folder that `scripts/asterisk.sh` makes, on ports of 127.0.0.1, with the configuration beside this file.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Whatever is waited for is there by then on the slowest machine, or never.
const PATIENCE: Duration = Duration::from_secs(120);
const BOTH: [(&str, &str); 5] = [
    ("asterisk.conf", include_str!("both/asterisk.conf")),
    ("features.conf", include_str!("both/features.conf")),
    ("modules.conf", include_str!("both/modules.conf")),
    ("logger.conf", include_str!("both/logger.conf")),
    ("rtp.conf", include_str!("both/rtp.conf")),
];
const PBX: [(&str, &str); 6] = [
    ("pjsip.conf", include_str!("pbx/pjsip.conf")),
    ("queues.conf", include_str!("pbx/queues.conf")),
    ("extensions.conf", include_str!("pbx/extensions.conf")),
    ("cel.conf", include_str!("pbx/cel.conf")),
    ("cel_custom.conf", include_str!("pbx/cel_custom.conf")),
    ("cdr.conf", include_str!("pbx/cdr.conf")),
];
const OUTSIDE: [(&str, &str); 2] = [
    ("pjsip.conf", include_str!("outside/pjsip.conf")),
    ("extensions.conf", include_str!("outside/extensions.conf")),
];

/// Where a real Asterisk is. None: there is none, which is told.
pub fn root() -> Option<PathBuf> {
    let config = config::load(&e2e::recordings().join("svarstid.toml")).unwrap();
    let folder = config.cache_folder().join("asterisk");
    if !folder.join("complete").exists() {
        eprintln!(
            "left out: no Asterisk in {}; scripts/asterisk.sh fetches it or says why not",
            folder.display()
        );
        return None;
    }
    Some(folder.join("root"))
}

/// A PBX and its surroundings.
pub struct Lab {
    pub pbx: Asterisk,
    outside: Asterisk,
}

impl Lab {
    /// Starts both. `manager` is the PBX's `manager.conf`, in which `@AMI@` stands for its port.
    pub fn start(root: &Path, manager: &str) -> Self {
        let [sip, other_sip] = udp_ports();
        let pbx = Asterisk::start(root, "pbx-B", &PBX, (sip, other_sip));
        let outside = Asterisk::start(root, "outside", &OUTSIDE, (other_sip, sip));
        let mut lab = Self { pbx, outside };
        lab.pbx.configure("manager.conf", manager);
        lab.pbx.run();
        lab.outside.run();
        lab
    }

    /// One of the callers of `outside/extensions.conf` begins to call; returns when the PBX has the call.
    pub fn call(&self, caller: &str) {
        self.outside.cli(&format!("channel originate Local/{caller}@callers application Wait 60"));
        self.pbx.wait_for("core show channels count", |said| !said.contains("0 active channels"));
    }

    /// The callers and the phones end all their calls.
    pub fn hang_up_outside(&self) {
        self.outside.cli("channel request hangup all");
    }

    /// Waits until nobody calls any more.
    pub fn wait_until_quiet(&self) {
        for asterisk in [&self.outside, &self.pbx] {
            asterisk.wait_for("core show channels count", |said| said.contains("0 active channels"));
        }
    }
}

/// One Asterisk in a folder of its own below the root.
pub struct Asterisk {
    root: PathBuf,
    /// As it is called inside.
    folder: String,
    places: Vec<(&'static str, String)>,
    pub ami_port: u16,
    child: Option<Child>,
}

impl Asterisk {
    fn start(root: &Path, node: &str, files: &[(&str, &str)], (sip, other_sip): (u16, u16)) -> Self {
        let ami = TcpListener::bind("127.0.0.1:0").unwrap();
        let ami_port = ami.local_addr().unwrap().port();
        let folder = format!("/srv/svarstid-{}-{sip}", std::process::id());
        // Media ports follow the signalling port; nobody listens to what is said.
        let rtp_first = 20_000 + sip % 10_000 * 4;
        let arch = format!("{}-linux-gnu", std::env::consts::ARCH);
        let places = vec![
            ("@FOLDER@", folder.clone()),
            ("@NODE@", node.to_owned()),
            ("@ARCH@", arch),
            ("@SIP@", sip.to_string()),
            ("@OTHER_SIP@", other_sip.to_string()),
            ("@AMI@", ami_port.to_string()),
            ("@RTP_FIRST@", rtp_first.to_string()),
            ("@RTP_LAST@", (rtp_first + 99).to_string()),
        ];
        let asterisk = Self { root: root.into(), folder, places, ami_port, child: None };
        for part in ["etc", "cache", "lib", "spool", "run", "log/cel-custom", "log/cdr-csv", "data/sounds/en"]
        {
            std::fs::create_dir_all(asterisk.path(part)).unwrap();
        }
        let documentation = "/usr/share/asterisk/documentation";
        std::os::unix::fs::symlink(documentation, asterisk.path("data/documentation")).unwrap();
        // Without what is played before its digits there is no transfer; Debian's sounds are a package apart.
        std::fs::write(asterisk.path("data/sounds/en/pbx-transfer.alaw"), [0xd5; 800]).unwrap();
        for (name, text) in BOTH.iter().chain(files) {
            asterisk.configure(name, text);
        }
        asterisk
    }

    /// A file in its folder, as seen from outside.
    pub fn path(&self, part: &str) -> PathBuf {
        self.root.join(self.folder.trim_start_matches('/')).join(part)
    }

    /// Writes a file of the configuration.
    pub fn configure(&self, name: &str, text: &str) {
        let text =
            self.places.iter().fold(text.to_owned(), |text, (place, value)| text.replace(place, value));
        std::fs::write(self.path("etc").join(name), text).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.root).arg("asterisk").args(["-C", &format!("{}/etc/asterisk.conf", self.folder)]);
        command
    }

    /// Starts it; returns when it takes calls.
    pub fn run(&mut self) {
        let log = std::fs::File::create(self.path("log").join("output")).unwrap();
        let child = self
            .command()
            .arg("-f")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
        self.wait_for("core waitfullybooted", |said| said.contains("fully booted"));
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What its console answers.
    pub fn cli(&self, command: &str) -> String {
        let output = self.command().args(["-rx", command]).stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until somebody is logged in at the manager interface as `user`.
    pub fn wait_for_manager(&self, user: &str) {
        self.wait_for("manager show connected", |said| said.contains(user));
    }

    /// Waits until the console answers so.
    pub fn wait_for(&self, command: &str, is_so: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        loop {
            let said = self.cli(command);
            if is_so(&said) {
                return;
            }
            let log = || std::fs::read_to_string(self.path("log/full")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "{command}: {said}; its log: {}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Asterisk {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(self.path(""));
    }
}

fn udp_ports() -> [u16; 2] {
    // Held together, so that they differ.
    let held = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    held.map(|socket| socket.local_addr().unwrap().port())
}
