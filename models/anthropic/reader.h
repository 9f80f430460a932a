#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/wire/reply_builder.h"

namespace yoke::anthropic {

// Reads messages, whole or as the events of a stream, into a reply. Blocks that only the vendor can
// read (its signature of a thought, calls and results of its own tools) become opaque reasoning, in
// their place.
class Reader {
 public:
  Reader(const ReplyContext& context, DeltaSink sink);

  void add_message(const Json& message);  // a whole answer
  void add_event(const Json& event);      // one of a stream; of an unknown type: passed over

  bool stopped() const { return stopped_; }  // message_stop came
  bool failed() const { return builder_.failed(); }
  ReplyBuilder& reply() { return builder_; }
  ModelOutcome finish();  // once

 private:
  enum class Kind { text, thinking, tool_use, opaque };
  struct Block {
    std::int64_t index = 0;
    std::string type;
    Kind kind = Kind::opaque;
    Json value;            // as it began
    std::string thinking;  // what came since
    std::string signature;
    std::string input;                // of a call: JSON text
    std::optional<std::size_t> slot;  // of a tool_use
  };

  void begin_message(const Json& message);
  void begin_block(const Json& block, std::int64_t index);
  void add_delta(const Json& delta, std::int64_t index);
  void end_block();
  void end_thinking();
  void end_opaque();
  void end_message(const Json& delta, const Json& usage);
  void take_usage(const Json& usage);
  void malformed(const std::string& what);

  const ReplyContext& context_;
  ReplyBuilder builder_;
  std::optional<Block> open_;
  Json usage_ = Json::object();  // what came of it so far
  Json stop_details_ = nullptr;
  std::string stop_reason_;
  bool said_ = false;  // anything but thinking
  bool stopped_ = false;
};

// The failure in the words of an error object: {"type":"overloaded_error","message":…}.
ModelFailure failure_of_error(const Json& error, const ReplyContext& context);

}  // namespace yoke::anthropic
