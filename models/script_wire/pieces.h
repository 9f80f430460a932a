#pragma once

#include <map>
#include <string>

#include "models/wire/reply_builder.h"
#include "models/wire/wire.h"

// What a backend script gives and is given, as JSON. Pure.
namespace yoke::script_wire {

// The request as a scripted model would get it, with tool names as a vendor may see them, and
// without the reasoning and the opaque parts of other origins.
Json request_for(const ModelRequest& request, const ToolNames& names, const std::string& origin);

// {path = "/generate", headers = {…}, body = {…} or "text"}. Errors: invalid. The path stays below
// the base address; headers that carry keys or frame the message are not the script's to set.
Result<WireRequest> request_of(const Json& value);

// Puts a reply together from what the script makes of an answer.
//
//   {text = "…"}  {reasoning = "…"}  {refusal = "…"}  {call = {slot = 1, id =, tool =, args =}}
//   {usage = {input =, output =, …}}  {finish = "stop"}  {model = "…"}  {opaque = …}
//   {stop_sequence = "…"}: of the request's `stop`, the one it ended at
//   {error = {class = "quota", message = "…"}}  {done = true}
class Pieces {
 public:
  Pieces(const ReplyContext& context, DeltaSink sink);

  void add(const Json& piece);  // one of a stream's; an object may hold several of the above
  void add_whole(const Json& reply);
  void wrong(std::string_view what);  // the script's own fault

  ReplyBuilder& reply() { return builder_; }
  bool done() const { return done_; }

 private:
  void add_call(const Json& call);
  void add_error(const Json& error);
  bool text_in(const Json& piece, const char* key, std::string& out);

  const ReplyContext& context_;
  ReplyBuilder builder_;
  std::map<std::string, std::size_t> slots_;  // of calls, by what the script calls them
  bool done_ = false;
};

}  // namespace yoke::script_wire
