#pragma once

#include <string_view>

#include "models/wire/reply_builder.h"

namespace yoke::ollama {

// Reads the objects of an answer: the only one of a plain answer, or the lines of a stream. Both
// have one shape; the last says that it is done.
class Reader {
 public:
  Reader(const ReplyContext& context, DeltaSink sink);

  void add(const Json& answer);

  bool done() const { return done_; }
  ReplyBuilder& reply() { return builder_; }
  const ReplyBuilder& reply() const { return builder_; }

 private:
  void add_message(const Json& message);
  void add_end(const Json& answer);

  const ReplyContext& context_;
  ReplyBuilder builder_;
  bool done_ = false;
};

}  // namespace yoke::ollama
