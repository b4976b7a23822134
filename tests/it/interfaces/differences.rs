//! Where our types do not say what the real DDL says, and why.

/// One fact.
pub(super) struct Difference {
    pub(super) agent: &'static str,
    pub(super) place: &'static str,
    /// What our types say; `None` if nothing.
    pub(super) ours: Option<&'static str>,
    /// What the real DDL says.
    pub(super) theirs: Option<&'static str>,
}

/// One line for a reason, then the facts.
macro_rules! differences {
    ($(#[doc = $reason:literal] $($agent:ident $place:literal: $ours:expr, not $theirs:expr;)*)*) => {
        pub(super) const DIFFERENCES: &[Difference] = &[$($(Difference {
            agent: stringify!($agent),
            place: $place,
            ours: $ours,
            theirs: $theirs,
        },)*)*];
    };
}

differences! {
    /// The real agents are written in Ruby, which is no provider at all, or in Go.
    executor "provider": Some("external"), not Some("golang");
    nettest "provider": Some("external"), not Some("");
    package "provider": Some("external"), not Some("");
    puppet "provider": Some("external"), not Some("");
    rpcutil "provider": Some("external"), not Some("");
    scout "provider": Some("external"), not Some("golang");
    service "provider": Some("external"), not Some("");
    shell "provider": Some("external"), not Some("");

    /// Choria keeps these names for itself, so that `metadata!` refuses them.
    rpcutil "name": Some("rpcutil_by_types"), not Some("rpcutil");
    scout "name": Some("scout_by_types"), not Some("scout");

    /// No Choria knows these validators: it warns, and accepts every string. Ours are regular expressions.
    nettest "connect/input/fqdn/validation": Some("^[a-zA-Z0-9.:-]+$"), not Some("nettest_fqdn");
    nettest "ping/input/fqdn/validation": Some("^[a-zA-Z0-9.:-]+$"), not Some("nettest_fqdn");
    puppet "resource/input/environment/validation": Some("^\\w+$"), not Some("puppet_variable");
    puppet "runonce/input/environment/validation": Some("^\\w+$"), not Some("puppet_variable");
    puppet "runonce/input/server/validation": Some("^[\\w.-]+(:[0-9]+)?$"), not Some("puppet_server_address");
    puppet "runonce/input/tags/validation": Some("^[\\w:,.-]+$"), not Some("puppet_tags");
    puppet "runonce/input/skip_tags/validation": Some("^[\\w:,.-]+$"), not Some("puppet_tags");
    service "restart/input/service/validation": Some("^[\\w.@:-]+$"), not Some("service_name");
    service "start/input/service/validation": Some("^[\\w.@:-]+$"), not Some("service_name");
    service "status/input/service/validation": Some("^[\\w.@:-]+$"), not Some("service_name");
    service "stop/input/service/validation": Some("^[\\w.@:-]+$"), not Some("service_name");

    /// Clients have no such function and skip it.
    nettest "ping/aggregate/nettest_mma/rtt": None, not Some(r#"["rtt",{"format":"Min: %.3fms  Max: %.3fms  Average: %.3fms"}]"#);

    /// A text as the default of a whole number.
    puppet "last_run_summary/output/since_lastrun/default": Some("Some(Number(-1))"), not Some(r#"Some(String("Unknown"))"#);
    puppet "status/output/since_lastrun/default": Some("Some(Number(-1))"), not Some(r#"Some(String("Unknown"))"#);
}
