#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yoke::openai_chat {

// What becomes of the reasoning that this backend gave in earlier turns.
enum class ReasoningBack : std::uint8_t {
  never,          // stripped from the history
  same_key,       // every turn's, under the key it came in
  tool_turns,     // every message's between two of a person, if a tool was called there; "" where
                  // there was none (a missing key is a 400)
  every_turn,     // every message's, " " where there was none (an empty one is a 400, too)
  current_loop,   // only what came after the last user message
  array_content,  // as {"type":"thinking"} items of the content
};

// How an answer of a given shape is asked for.
enum class SchemaForm : std::uint8_t {
  json_schema,  // response_format with the schema itself
  json_object,  // only "some JSON object": the schema goes into the instructions
  words,        // in the instructions alone
};

// How a server is told to write on from the last message, the model's own.
enum class GoOn : std::uint8_t {
  no,             // it cannot, or it is not known to
  by_itself,      // it does whenever the last message is the model's
  prefix,         // that message has "prefix": true
  final_message,  // "continue_final_message": true, without a new turn's beginning
};

// How one vendor's Chat Completions differ from another's. Plain data; presets.cpp has the table.
struct Profile {
  ReasoningBack reasoning_back = ReasoningBack::same_key;
  std::string_view reasoning_key = {};  // the key to send it under; empty: the one it came in
  bool preserves_on_request = false;  // gets it back when the operator's body has preserve_thinking
  bool think_tags = false;            // the text may carry <think>…</think>
  bool think_opening_omitted = false;  // … or only the closing tag
  std::string_view max_tokens_key = "max_tokens";
  std::string_view seed_key = "seed";
  bool stream_usage = true;       // takes stream_options.include_usage
  bool done_marker = true;        // a stream ends with [DONE]; else finish_reason and end will do
  bool cache_key = false;         // takes prompt_cache_key
  bool tool_result_name = false;  // a tool message carries the tool's name
  std::int64_t call_id_chars_max = 40;  // longer ids, those of another vendor, are hashed
  bool call_id_alphanumeric = false;    // ids are exactly that many letters and digits
  SchemaForm schema_form = SchemaForm::json_schema;
  bool schema_strict = false;      // a schema that is strict enough is held to word for word
  bool schema_by_grammar = false;  // the server only lets tokens through that fit it
  bool schema_alone = false;       // refuses a schema beside tools, or in a stream
  GoOn go_on = GoOn::no;
  std::size_t event_bytes_max = 4u << 20;  // of a stream; more where one may hold an image
  bool asks_reasoning_format = false;      // has to be asked to part reasoning from text …
  std::string_view reasoning_format = {};  // … with this, unless the operator's body has one
  bool many_makers = false;         // models are MAKER/MODEL, and read no other maker's thoughts
  bool signature_stand_in = false;  // a call without its maker's signature gets one that says so
};

// The vendor's profile with what is different for this one of its models.
Profile profile_for_model(const Profile& vendor, std::string_view model);

}  // namespace yoke::openai_chat
