#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/openai/responses_reply.h"
#include "hosts/hook/services.h"
#include "runtime/journal/run_state.h"

namespace yoke::openai {

// A response that can be asked for again: what its run's journal says.
struct KeptResponse {
  ResponseHead head;
  RunState state;  // as it stood when this response ended, or stands
  // The events of its run that are its own: those after `begin`, up to `end` (0: it is the newest).
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

enum class ResponseUse : std::uint8_t { look, act };  // act: cancel it, erase it

// 404 in the same words for what never was, is not visible to them or was not to be stored. As over
// the runs' own paths, looking takes the scope "read" and acting "run"; beside that, an agent's
// response may be looked at with "run", and a model's may be used with "models" by who asked it.
awaitable<Checked<KeptResponse>> find_response(Store& store, Principal who, std::string id,
                                               ResponseUse use = ResponseUse::look);
// The id of a run's newest response.
awaitable<std::string> newest_response(Store& store, std::string run_id);
// Notes another response of a run that goes on after event `begin`, and gives its number. What is
// noted goes when the run is erased.
awaitable<std::size_t> keep_turn(Store& store, ResponseHead head, std::int64_t begin);
Refusal no_such_response(const std::string& id);

// The run's note: what find_response reads.
Json note_of(const ResponseHead& head, const std::string& before);
std::string before_of(const RunState& state);  // the conversation's run before it; may be empty

// As it stands now.
Json response_json(const KeptResponse& kept);
// What it came to; none: it has no answer, or none yet.
std::optional<TalkReply> reply_of(const KeptResponse& kept);

// What it was asked, with all that was said before: its instructions left out, calls under the ids
// that models know them by.
awaitable<Checked<std::vector<Message>>> asked_of(HookServices services, KeptResponse kept);
// What was said up to and with this response, for one that goes on from it: without its
// instructions, calls under the ids that were handed out.
awaitable<Checked<std::vector<Message>>> history_of(HookServices services, KeptResponse kept);

}  // namespace yoke::openai
