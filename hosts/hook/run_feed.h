#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>

#include "runtime/engine/engine.h"
#include "runtime/engine/feed.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Where a reader of a run stands: after the event `seq`, and after so many live items that came
// since.
struct FeedPosition {
  std::int64_t seq = 0;
  std::int64_t offset = 0;
};
// "7" or "7:12", as in Last-Event-ID. Errors: invalid.
Result<FeedPosition> feed_position(std::string_view text);
std::string to_text(const FeedPosition& position);

struct LiveDelta {
  std::string call_id;
  Delta delta;
};
struct LiveProgress {
  std::string call_id;
  double done = 0;
  double total = 0;
  std::string message;
};
struct LiveReset {};  // what streamed since the last event is void: from here it is told anew

// One thing that a run's readers are told. Shared by all of them.
struct FeedItem {
  FeedPosition at;  // to go on from, once it is told
  std::variant<Event, LiveDelta, LiveProgress, LiveReset> what;
  std::string name;  // "tool.called", "delta.text", "tool.progress", "reset"
  std::string json;  // as `yoke runs events --json` shows it
};
using FeedItemRef = std::shared_ptr<const FeedItem>;

// Runs as they go, for whoever follows them: first the journal, then live, with nothing missed in
// between. Live items are kept within a bound for each run; a reader who falls behind it loses live
// items and is told by a reset, but no event, which is read from the journal again.
//
// Ownership: borrows engine and store, which outlive it; readers end before it does.
// Threads:   loop thread only.
class RunFeed final : public Listener {
 public:
  struct Options {
    std::size_t live_bytes_max = 256 * 1024;  // of a run, since its last event and before it
  };
  RunFeed(Engine& engine, Store& store, Options options);
  RunFeed(Engine& engine, Store& store) : RunFeed(engine, store, Options{}) {}
  ~RunFeed() override;
  RunFeed(const RunFeed&) = delete;
  RunFeed& operator=(const RunFeed&) = delete;

  struct Channel;

  // Follows one run. At most one wait at a time.
  class Reader {
   public:
    Reader(RunFeed& feed, std::string run_id, FeedPosition from);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    enum class Why : std::uint8_t {
      item,   // there is one
      quiet,  // nothing came until then
      ended,  // the run has ended, and its last event was told
    };
    struct Next {
      Why why = Why::quiet;
      FeedItemRef item = {};
    };
    // Errors: not_found (no such run), unavailable (its journal is damaged).
    awaitable<Result<Next>> next(Deadline until);
    const FeedPosition& position() const { return position_; }

   private:
    friend class RunFeed;
    awaitable<Result<void>> read_journal();
    Next take_live();

    RunFeed& feed_;
    const std::string run_id_;
    FeedPosition position_;
    std::shared_ptr<Channel> channel_;
    std::vector<FeedItemRef> backlog_;  // read from the journal, the next one last
    std::unique_ptr<class FeedWait> wait_;
  };

  // Waits until the run has ended, or waits for a person or a timer and nobody drives it, or until
  // then. Gives the run's row.
  std::size_t readers() const { return readers_; }

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  friend class Reader;
  std::shared_ptr<Channel> channel_of(const std::string& run_id);

  Engine& engine_;
  Store& store_;
  Options options_;
  std::map<std::string, std::shared_ptr<Channel>, std::less<>> channels_;  // of driven or read runs
  std::size_t readers_ = 0;
};

}  // namespace yoke
