#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "trials/checks.h"

// Journals as training sets: chat with tools, and pairs of a preferred and a rejected reply.
namespace yoke {

// Whose format: Hugging Face TRL's conversational columns, or the files of OpenAI's fine-tuning.
enum class TrainingFor : std::uint8_t { trl, openai };

// One reply of an agent's model, with what it was asked.
struct TrainingReply {
  // What became of it: what people said of its calls, and what checks said of an answer.
  enum class Standing : std::uint8_t { unknown, good, bad };

  std::string call_id;
  std::string target;
  std::string request_hash;  // the same for every reply to the same request, whoever was asked
  ModelRequest request;
  Message reply;
  bool is_answer = false;  // no more replies came after it
  Standing standing = Standing::unknown;
  std::string why;                     // it has that standing
  std::optional<Message> edited = {};  // with the arguments a person put in their place
};

struct TrainingRun {
  RunRow row;
  std::vector<TrainingReply> replies;
  std::set<std::string> targets;  // who said what is in its conversation, earlier runs' included
  std::string foreign;            // why that cannot be told; empty: it can
};

// A run's replies with their requests, put together again from its journal. `store` and `engine`
// are borrowed. Errors: not_found; unavailable; conflict (this version asks differently).
awaitable<Result<TrainingRun>> training_run(Store& store, Engine& engine, std::string run_id);

// Holds the run's answer to checks that decide by themselves: its standing is what they say.
void hold_to_checks(TrainingRun& run, const std::vector<Check>& checks);

// Why the reply and what it answers have no place in a set: images, which the model saw and who
// learns of the set would not; a call that was none. Empty: they have.
std::string reason_untold(const TrainingReply& reply);

// The run's whole conversation as one line, what is no text in results told by type and size; none:
// it has no answer, or holds what the format does not.
std::optional<Json> sft_line(const TrainingRun& run, TrainingFor form);

// A pair, and where it is from.
struct TrainingPair {
  Json line;
  std::string chosen;    // "RUN/CALL", with " (edited)" where a person put it right
  std::string rejected;  // "RUN/CALL"
  std::string why;
};
// One run's answer is better than another's, and who says so.
struct JudgedPair {
  std::string better;
  std::string worse;
  std::string why;
};
// Of replies to the same request a good one against each bad one, and what was `judged`; of a call
// that a person put right the one as it was made against the one as it was wanted. Each pair once.
std::vector<TrainingPair> preference_pairs(const std::vector<TrainingRun>& runs,
                                           const std::vector<JudgedPair>& judged, TrainingFor form);

}  // namespace yoke
