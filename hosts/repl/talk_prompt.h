#pragma once

#include <string>

#include "hosts/repl/talk_client.h"
#include "hosts/repl/talk_host.h"
#include "hosts/screen/styled.h"

namespace yoke {

// Where a person talks: it outlives the hosts that it talks to.
class TalkPrompt {
 public:
  enum class Why : std::uint8_t { left, reload, told_to_end };

  virtual ~TalkPrompt() = default;
  // Talks until the person leaves, wants the host anew, or the process is told to end.
  virtual awaitable<Why> talk(TalkClient& client, TalkHost host) = 0;
  virtual const TalkState& state() const = 0;
  virtual bool left_turn() const = 0;                       // a turn went on when the person left
  virtual int end_signal() const = 0;                       // that told us to end; 0: none
  virtual void note(std::string_view text, Look look) = 0;  // to the person
  virtual void
  close() = 0;  // what was said stays; nothing more is shown, the terminal is as it was
};

}  // namespace yoke
