#pragma once

namespace yoke::openai_responses {

// In which ways vendors of the protocol differ. Plain data.
struct Dialect {
  bool encrypted_reasoning = false;  // gives reasoning in a form that can be sent back
  bool cache_key = false;            // takes prompt_cache_key
  bool schema_strict = false;        // a schema that is strict enough is held to word for word
};

}  // namespace yoke::openai_responses
