//! The macros that make a function type, and put it into the registry.

/// Ties a request and its reply together as a [`FunctionType`](crate::FunctionType) and puts it into
/// the [`registry`](crate::registry).
///
/// The paths of the schemas are relative to the package's folder. The package
/// needs `jsonschema` (with the feature `macros`, without its default ones)
/// among its own dependencies: the schemas are compiled into code there.
///
/// ```standalone_crate
/// use choria_external_protocol::{function_type, Failure};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// pub struct Request {
///     pub agent: String,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// pub struct Reply {
///     pub activate: bool,
/// }
///
/// function_type! {
///     /// Asks twice whether an agent wants to be active.
///     pub struct Twice = "twice";
///     request: Request = "io.choria.mcorpc.external.v1.activation_request"
///         in "schemas/io.choria.mcorpc.external.v1.activation_request.json";
///     reply: Reply = "io.choria.mcorpc.external.v1.activation_reply"
///         in "schemas/io.choria.mcorpc.external.v1.activation_reply.json";
///     failed: |_failure| Reply { activate: false };
/// }
///
/// // That request has a function type already, and this is noticed:
/// let conflict = choria_external_protocol::registry().unwrap_err().to_string();
/// assert!(conflict.starts_with(
///     "two function types for io.choria.mcorpc.external.v1.activation_request: "
/// ), "{conflict}");
/// ```
///
/// After it there can be, in this order:
///
/// | entry | meaning |
/// |---|---|
/// | `failure: \|reply\| None;` | the failure that a reply tells of, see [`failure`](crate::FunctionType::failure): for those who ask a program |
/// | `limit: \|request\| Some(..);` | how long Choria lets a program run for such a request; else the program's metadata says it |
/// | `fixed_limit: Duration::from_secs(2);` | the same for every request of the type, known before it is read |
/// | `over_network: true;` | a server sends the reply on, see [`OVER_NETWORK`](crate::FunctionType::OVER_NETWORK) |
/// | `reply_keeps_schema: true;` | the type of the reply can only hold what its schema allows, and what JSON can hold, see [`REPLY_KEEPS_SCHEMA`](crate::FunctionType::REPLY_KEEPS_SCHEMA); a test of yours shows it |
/// | `from_json: \|message\| Ok(..);` | makes the request of its JSON; else serde does, which copies what lists and objects hold |
/// | `from_text: \|text\| None;` | makes the request of its text in one go, see [`from_text`](crate::FunctionType::from_text) |
/// | `carrier: Carrier { .. };` | how a program is started, gets the request and gives the reply: a constant, see [`Carrier`](crate::Carrier); else as Choria calls agents |
/// | `encode: \|reply\| EncodedReply { .. };` | what the program sends, if that is not the reply's JSON, and its exit code, see [`ENCODE`](crate::FunctionType::ENCODE); the host's side decodes it |
///
/// A `pattern` in a schema brings a regex engine into every program; a checked
/// type, such as [`Name`](crate::Name), does not.
///
/// The closure after `failed` is mandatory: it turns a [`Failure`](crate::Failure) into a
/// reply of this type, so that every caller learns of every failure.
#[macro_export]
macro_rules! function_type {
    (
        #[doc = $about:literal]
        $(#[$more:meta])*
        $visibility:vis struct $name:ident = $($rest:tt)*
    ) => {
        $crate::unregistered_function_type! {
            #[doc = $about]
            $(#[$more])*
            $visibility struct $name = $($rest)*
        }

        $crate::__private::inventory::submit! {
            $crate::Registration::of::<$name>()
        }
    };
}

/// The same without the registration. What is registered is in every program that links
/// the crate: the types of this crate are listed by [`registry`](crate::registry), so that
/// a program has those that it serves.
#[doc(hidden)]
#[macro_export]
macro_rules! unregistered_function_type {
    (
        #[doc = $about:literal]
        $(#[$more:meta])*
        $visibility:vis struct $name:ident = $short:literal;
        request: $request:ty = $request_protocol:literal in $request_schema:literal;
        reply: $reply:ty = $reply_protocol:literal in $reply_schema:literal;
        failed: $failed:expr;
        $(failure: $failure:expr;)?
        $(limit: $limit:expr;)?
        $(fixed_limit: $fixed_limit:expr;)?
        $(over_network: $over_network:expr;)?
        $(reply_keeps_schema: $reply_keeps_schema:expr;)?
        $(from_json: $from_json:expr;)?
        $(from_text: $from_text:expr;)?
        $(carrier: $carrier:expr;)?
        $(encode: $encode:expr;)?
    ) => {
        #[doc = $about]
        $(#[$more])*
        $visibility struct $name;

        const _: () = {
            $crate::message_kind!(REQUEST_KIND = $request_protocol in $request_schema);
            $crate::message_kind!(REPLY_KIND = $reply_protocol in $reply_schema);

            impl $crate::FunctionType for $name {
                type Request = $request;
                type Reply = $reply;
                const NAME: &'static str = $short;
                const REQUEST: $crate::MessageKind = REQUEST_KIND;
                const REPLY: $crate::MessageKind = REPLY_KIND;
                $(
                    const FIXED_LIMIT: ::core::option::Option<::core::time::Duration> =
                        ::core::option::Option::Some($fixed_limit);
                )?
                $(const OVER_NETWORK: bool = $over_network;)?
                $(const REPLY_KEEPS_SCHEMA: bool = $reply_keeps_schema;)?

                fn failed(failure: &$crate::Failure) -> Self::Reply {
                    let failed: fn(&$crate::Failure) -> Self::Reply = $failed;
                    failed(failure)
                }

                $(
                    fn failure(reply: &Self::Reply) -> ::core::option::Option<$crate::Failure> {
                        let failure: fn(&Self::Reply) -> ::core::option::Option<$crate::Failure> = $failure;
                        failure(reply)
                    }
                )?

                $(
                    const ENCODE: ::core::option::Option<fn(&Self::Reply) -> $crate::EncodedReply> =
                        ::core::option::Option::Some($encode);
                )?

                $(
                    const HAS_OWN_CARRIER: bool = true;

                    fn carrier() -> $crate::Carrier {
                        const CARRIER: $crate::Carrier = $carrier;
                        CARRIER
                    }
                )?

                $(
                    fn limit(request: &Self::Request) -> ::core::option::Option<::core::time::Duration> {
                        let limit: fn(&Self::Request) -> ::core::option::Option<::core::time::Duration> = $limit;
                        limit(request)
                    }
                )?

                $(
                    fn from_json(
                        message: $crate::__private::Value,
                    ) -> ::core::result::Result<Self::Request, ::std::string::String> {
                        let from_json: fn(
                            $crate::__private::Value,
                        ) -> ::core::result::Result<Self::Request, ::std::string::String> = $from_json;
                        from_json(message)
                    }
                )?

                $(
                    fn from_text(text: &[u8]) -> ::core::option::Option<Self::Request> {
                        let from_text: fn(&[u8]) -> ::core::option::Option<Self::Request> = $from_text;
                        from_text(text)
                    }
                )?
            }

            impl $crate::__private::Declared for $name {
                const ABOUT: &'static str = $about;
                const PLACE: &'static str =
                    concat!(env!("CARGO_PKG_NAME"), " ", file!(), ":", line!());
            }
        };
    };
}

/// Compiles a schema file into a constant [`MessageKind`](crate::MessageKind); part of
/// [`function_type!`](crate::function_type), and of use alone for a message
/// that belongs to no function, such as a file format.
#[macro_export]
macro_rules! message_kind {
    ($(#[$meta:meta])* $visibility:vis $constant:ident = $protocol:literal in $path:literal) => {
        $(#[$meta])*
        $visibility const $constant: $crate::MessageKind = {
            #[::jsonschema::validator(
                path = $path,
                draft = Draft7,
                methods = { is_valid = false, validate = true, iter_errors = false }
            )]
            struct Schema;

            fn check(message: &$crate::__private::Value) -> Result<(), $crate::Found> {
                Schema::validate(message).map_err(|error| $crate::Found {
                    instance: error.instance_path().to_string(),
                    rule: error.schema_path().to_string(),
                })
            }

            $crate::MessageKind::new(
                $protocol,
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)),
                check,
            )
        };
    };
}
