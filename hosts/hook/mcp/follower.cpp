#include "hosts/hook/mcp/follower.h"

namespace yoke::mcp_hook {

Follower::Follower(HookServices services, std::string run_id,
                   std::unique_ptr<RunFeed::Reader> reader)
    : services_(services),
      run_id_(std::move(run_id)),
      reader_(std::move(reader)),
      watch_(services.drivers, run_id_, [this] { on_rest(); }) {}

void Follower::on_rest() {
  rests_ = !services_.drivers.is_active(run_id_);
  reader_->nudge();
}

awaitable<Follower::Next> Follower::next(Deadline until) {
  while (true) {
    const Result<RunFeed::Reader::Next> told = co_await reader_->next(until);
    if (!told) co_return Lost{refusal_of(told.error())};
    switch (told->why) {
      case RunFeed::Reader::Why::item:
        co_return told->item;
      case RunFeed::Reader::Why::ended:
        co_return Over{};
      case RunFeed::Reader::Why::closed:
        co_return Lost{{503, "unavailable", "this yoke is being stopped", "stopping"}};
      case RunFeed::Reader::Why::quiet:
        break;
    }
    if (std::exchange(rests_, false)) co_return Rests{};
    if (LoopClock::now() >= until) co_return Quiet{};
  }
}

}  // namespace yoke::mcp_hook
