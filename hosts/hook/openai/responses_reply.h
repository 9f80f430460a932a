#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/openai/responses_request.h"
#include "hosts/hook/openai/sequence.h"
#include "hosts/hook/openai/streamed.h"
#include "hosts/hook/openai/streaming.h"
#include "hosts/hook/openai/tool_forms.h"

namespace yoke::openai {

// What a response says of itself, whatever becomes of it.
struct ResponseHead {
  std::string id;
  std::string run_id;
  std::string model;  // as it was asked for
  std::int64_t created_s = 0;
  bool of_agent = false;
  bool encrypted_reasoning = false;
  bool background = false;
  bool store = true;
  std::string conversation;
  Json echo = Json::object();
};
Json to_json(const ResponseHead& head);  // to be kept with its run
ResponseHead response_head_from_json(const Json& value);

// A "response" object, before it is answered: "queued" or "in_progress", or "cancelled".
Json response_json(const ResponseHead& head, const std::string& status);
// … answered: completed, or incomplete where its length or a filter ended it.
Json response_json(const ResponseHead& head, const TalkReply& reply);
// … failed.
Json response_json(const ResponseHead& head, const Refusal& refusal);

// The events of a streamed response, as bytes to be sent. The same run always gives the same events
// with the same numbers, live or from its journal, save where its texts are cut. Pure.
class ResponseStream final : public EventStream {
 public:
  explicit ResponseStream(ResponseHead head) : ResponseStream(std::move(head), Sequence()) {}
  // For a client that has a part of it already.
  ResponseStream(ResponseHead head, Sequence sequence)
      : head_(std::move(head)),
        forms_(tool_forms(member_at(head_.echo, "tools"))),
        streamed_(head_.of_agent),
        sequence_(sequence) {}

  std::string begin() override;
  std::string add(const Delta& delta) override;
  std::string add_note(const std::string& text) override;
  // A turn that did not stream is told whole.
  std::string end_turn(const Message& reply) override;
  // Ends the stream when the client was told something of what is void.
  std::string cut() override;
  std::string end(const TalkReply& reply) override;
  std::string fail(const Refusal& refusal) override;

 private:
  enum class Kind : std::uint8_t { reasoning, message, call, custom };
  struct Open {
    Kind kind = Kind::message;
    std::string text;  // of it so far: text or arguments
    Json item;         // as it will be when it is done
  };

  std::string event(const char* type, Json fields);
  static std::string event(const char* type, std::int64_t number, Json fields);
  std::string open(Kind kind, Json item);
  std::string add_piece(const std::string& text);
  std::string told_piece(const std::optional<Sequence::Piece>& piece) const;
  std::string add_text(Kind kind, const std::string& text);
  std::string open_call(const std::string& call_id, const std::string& name);
  std::string close();
  std::string close_text();
  std::string close_call();
  std::string add_refusal(const std::string& text);
  Json part_place(const char* index) const;

  const ResponseHead head_;
  const ToolForms forms_;
  Streamed streamed_;
  Sequence sequence_;
  bool shown_ = false;           // something of this turn
  Json output_ = Json::array();  // items that are done
  std::optional<Open> open_;
};

}  // namespace yoke::openai
