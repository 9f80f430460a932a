#pragma once

#include <string>
#include <string_view>

#include "models/wire/reply_builder.h"

namespace yoke::gemini {

// Reads answers of generateContent into a reply: a whole one, or those of a stream, which have the
// same shape. A signature stays on the part that it came with; parts that only the vendor can read
// (its own tools' work) become opaque reasoning, in their place.
class Reader {
 public:
  Reader(const ReplyContext& context, DeltaSink sink);

  void add(const Json& answer);

  bool any_candidate() const { return any_candidate_; }
  bool failed() const { return builder_.failed(); }
  ReplyBuilder& reply() { return builder_; }
  ModelOutcome finish() { return builder_.finish(); }  // once

 private:
  void add_part(const Json& part);
  void add_text(const Json& part);
  void add_call(const Json& part);
  void add_media(const Json& part, std::string_view media_type, std::string url);
  void add_opaque(const Json& part);
  void add_finish_reason(const Json& candidate);
  void take_usage(const Json& usage);

  const ReplyContext& context_;
  ReplyBuilder builder_;
  bool any_candidate_ = false;
};

}  // namespace yoke::gemini
