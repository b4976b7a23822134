//! Answering by an agent.

use std::sync::OnceLock;

use choria_external_ddl::{Ddl, Extra};
use choria_external_protocol::{Activation, ActivationReply, Rpc, RpcReply};

use super::external::{External, Functions};
use crate::Metadata;
use crate::author::actions::Actions;
use crate::author::agent::{Agent, run};
use crate::author::call::Call;

impl<A: Agent> External for A {
    const HAS_DDL: bool = true;

    fn metadata() -> Metadata {
        A::META
    }

    fn functions(functions: &mut Functions<Self>) {
        let actions = OnceLock::new();
        functions.serve::<Rpc>(move |agent, context, request| {
            let (call, data) = Call::from_request(context, request);
            run(agent, &actions, &call, data.unwrap_or_default()).map(RpcReply::ok)
        });
        functions.serve::<Activation>(|agent, context, _request| {
            let activate = agent.activate(&context)?;
            Ok(ActivationReply { activate })
        });
    }

    fn ddl() -> Option<Ddl> {
        Some(Ddl {
            metadata: A::META,
            actions: Actions::of(A::actions).ddl(),
            extra: Extra::NONE,
        })
    }
}
