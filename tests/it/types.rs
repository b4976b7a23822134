//! What an author's types say, and the test that keeps the DDL's file like them.

mod assert_ddl;
mod attributes;
mod strict;
