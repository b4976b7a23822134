# Installs the Choria agent {agent}. All parameters have their values in the module's data.
class {module} (
  String $config_name,
  Array[String] $common_files = [],
  Array[String] $common_directories = [],
  Array[String] $server_files = [],
  Array[String] $server_directories = [],
  Array[String] $client_files = [],
  Array[String] $client_directories = [],
  Array[String] $executable_files = [],
  Hash $config = {},
  Hash $client_config = {},
  Hash $server_config = {},
  Hash $gem_dependencies = {},
  Boolean $manage_gem_dependencies = true,
  Hash $package_dependencies = {},
  Boolean $manage_package_dependencies = true,
  Array[String] $class_dependencies = [],
  Boolean $manage_class_dependencies = true,
  Mcollective::Policy_action $policy_default = $mcollective::policy_default,
  Array[Mcollective::Policy] $policies = [],
  Boolean $client = $mcollective::client,
  Boolean $server = $mcollective::server,
  Enum["present", "absent"] $ensure = "present",
) {
  mcollective::module_plugin { $name:
    ensure                      => $ensure,
    config_name                 => $config_name,
    common_files                => $common_files,
    common_directories          => $common_directories,
    server_files                => $server_files,
    server_directories          => $server_directories,
    client_files                => $client_files,
    client_directories          => $client_directories,
    executable_files            => $executable_files,
    config                      => $config,
    client_config               => $client_config,
    server_config               => $server_config,
    gem_dependencies            => $gem_dependencies,
    manage_gem_dependencies     => $manage_gem_dependencies,
    package_dependencies        => $package_dependencies,
    manage_package_dependencies => $manage_package_dependencies,
    class_dependencies          => $class_dependencies,
    manage_class_dependencies   => $manage_class_dependencies,
    policy_default              => $policy_default,
    policies                    => $policies,
    client                      => $client,
    server                      => $server,
  }

  # A server that sees the DDL before the program takes the agent for one that does not want to be active.
  if $server and $ensure == "present" {
    $server_files.each |$file| {
      File["${mcollective::libdir}/mcollective/${file}"]
      -> File["${mcollective::libdir}/mcollective/agent/{agent}.json"]
    }
  }
}
