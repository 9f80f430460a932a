#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "models/wire/reply_builder.h"

namespace yoke::openai_responses {

// Reads the items of a response, and the events that stream them, into a reply. What an item's last
// event says of it counts; what streamed before is only shown.
class Reader {
 public:
  Reader(const ReplyContext& context, DeltaSink sink)
      : context_(context), builder_(context, sink) {}

  void add_event(const Json& event);
  void add_response(const Json& response);  // a whole one, as its last event holds it too

  bool ended() const { return ended_; }  // the vendor said that it is over
  bool failed() const { return builder_.failed(); }
  ReplyBuilder& reply() { return builder_; }

 private:
  struct Item {
    bool shown = false;  // some of its text or arguments came in pieces
    bool done = false;
    std::optional<std::size_t> call = {};  // the builder's place of it
  };

  void add_known(const Json& response);
  void open_item(std::int64_t index, const Json& item);
  void close_item(std::int64_t index, const Json& item);
  void add_message(Item& state, const Json& item);
  void add_reasoning(Item& state, const Json& item);
  void add_call(Item& state, const Json& item);
  void add_call_piece(Item& state, std::string_view delta);
  void add_image(const Json& item);
  void add_hosted(const Json& item, std::string_view type);
  void add_error(const Json& error);

  const ReplyContext& context_;
  ReplyBuilder builder_;
  std::map<std::int64_t, Item> items_;  // by their place in the output
  bool any_done_ = false;
  bool ended_ = false;
};

}  // namespace yoke::openai_responses
