//! Schemas of what is no message to a program: file formats.

crate::message_kind! {
    /// The JSON form of an agent's DDL, `NAME.json`.
    pub AGENT_DDL = "io.choria.mcorpc.ddl.v1.agent" in "schemas/io.choria.mcorpc.ddl.v1.agent.json"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_empty_ddl_is_none() {
        assert_eq!(
            AGENT_DDL.check(&json!({})).unwrap_err().to_string(),
            "$.metadata: wanted this key, got none"
        );
    }
}
