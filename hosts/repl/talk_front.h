#pragma once

#include <string>
#include <vector>

#include "hosts/repl/talk_client.h"
#include "hosts/repl/talk_host.h"
#include "hosts/repl/transcript.h"
#include "hosts/repl/turn_view.h"
#include "hosts/screen/typed_input.h"

namespace yoke {

// Who shows a conversation: at a screen, or in plain lines. What commands ask of it.
class TalkFront {
 public:
  virtual ~TalkFront() = default;
  virtual void changed() = 0;  // the transcript has more to show
  virtual bool turn_runs() const = 0;
  virtual std::string_view keys_help() const = 0;  // what else there is than commands
  // As if it had been typed. `shown`: as it is shown while it waits its turn.
  virtual void enqueue(const TypedMessage& message, std::string shown) = 0;
  virtual void follow_next(std::string run_id) = 0;  // a run that is there already, as a turn
  virtual void clean() = 0;                          // what was said goes from the screen
  virtual void host_anew() = 0;                      // talk() ends, to begin with the host anew
  virtual void goodbye() = 0;
  virtual void grants_changed() = 0;  // what waits for a grant is to be asked about, or no longer
  virtual void beside(awaitable<void> work) = 0;  // while it talks
  // Another program has the terminal until it ends; its exit status.
  virtual awaitable<int> run_lent(std::vector<std::string> words) = 0;
};

// A conversation, as its front and its commands share it. All borrowed from the front.
struct TalkScene {
  TalkFront& front;
  TalkState& state;
  TalkHost& host;
  TalkClient*& client;  // set while the front talks
  Transcript& transcript;
  TurnView& view;
  std::string user;  // for the record

  void note(std::string_view text, Look look) const;  // wrapped
  void failed(const Error& error) const { note("yoke: " + error.message(), Look::red); }
};

}  // namespace yoke
