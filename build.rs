//! Sets the linker flags that a Node-API library needs.
fn main() {
    napi_build::setup();
}
