//! Schemas of what is no message to a program: file formats.

crate::message_kind! {
    /// The JSON form of an agent's DDL, `NAME.json`.
    pub AGENT_DDL = "io.choria.mcorpc.ddl.v1.agent" in "schemas/io.choria.mcorpc.ddl.v1.agent.json"
}
