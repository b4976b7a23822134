//! The settings of broker, servers and client, as `key = value` lines.

use super::place::Place;

/// Those of the broker.
pub(super) fn broker(place: &Place, port: u16) -> String {
    let mut text = common(place, "node");
    text += &logged("broker", "warn");
    text += "plugin.choria.broker_network = true\n";
    // The default is all addresses.
    text += "plugin.choria.network.listen_address = 127.0.0.1\n";
    text += &format!("plugin.choria.network.client_port = {port}\n");
    text
}

/// Those of a server.
pub(super) fn server(place: &Place, port: u16, identity: &str) -> String {
    let mut text = common(place, "node");
    text += &logged(identity, "info");
    text += &connected(port);
    text += "plugin.choria.server.provision = false\n";
    text += "rpcauthorization = false\n";
    let libdir = place.libdir();
    text += &format!(
        "plugin.choria.agent_provider.mcorpc.libdir = {}\n",
        libdir.display()
    );
    text += &format!("plugin.yaml = {}\n", place.path("facts.json").display());
    text
}

/// Those of a client whose certificate has this name.
pub(super) fn client(place: &Place, port: u16, certname: &str) -> String {
    let mut text = common(place, "client");
    text += &format!("identity = {certname}\n");
    text += &connected(port);
    text += &format!("libdir = {}\n", place.libdir().display());
    text += "loglevel = warn\n";
    text
}

fn common(place: &Place, certificate: &str) -> String {
    let tls = |file: &str| place.path("tls").join(file).display().to_string();
    format!(
        "plugin.security.provider = file\n\
         plugin.security.file.ca = {}\n\
         plugin.security.file.certificate = {}\n\
         plugin.security.file.key = {}\n\
         plugin.choria.use_srv = false\n\
         collectives = mcollective\n\
         main_collective = mcollective\n",
        tls("ca.pem"),
        tls(&format!("{certificate}.pem")),
        tls(&format!("{certificate}.key")),
    )
}

/// A log file, even this one, has a JSON object in each line; standard output
/// itself would have text.
fn logged(identity: &str, level: &str) -> String {
    format!("identity = {identity}\nlogfile = /dev/stdout\nloglevel = {level}\n")
}

fn connected(port: u16) -> String {
    format!("plugin.choria.middleware_hosts = nats://127.0.0.1:{port}\n")
}
