#include "hosts/hook/run_feed.h"

#include <charconv>
#include <utility>

#include "hosts/terminal/live_json.h"
#include "runtime/engine/reader.h"
#include "runtime/journal/event_table.h"

namespace yoke {
namespace {

constexpr int kPage = 200;  // events that a reader takes from the journal at once

bool ends_run(const Event& event) {
  const auto status = spec_of(event.kind).status_after;
  return status && is_final(*status);
}

// After these something of the run may stream.
bool may_stream(const Event& event) {
  return event.kind == EventKind::run_started || event.kind == EventKind::model_called ||
         event.kind == EventKind::tool_called;
}

// After these a run may leave memory.
bool may_rest(const Event& event) {
  return event.kind == EventKind::question_asked || event.kind == EventKind::timer_set ||
         ends_run(event);
}

bool read_number(std::string_view text, std::int64_t& number) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end && number >= 0;
}

}  // namespace

Result<FeedPosition> feed_position(std::string_view text) {
  FeedPosition position;
  const std::size_t colon = text.find(':');
  const bool live = colon != std::string_view::npos;
  if (!read_number(text.substr(0, colon), position.seq) ||
      (live && !read_number(text.substr(colon + 1), position.offset))) {
    return Error{Errc::invalid, "'" + std::string(text.substr(0, 40)) +
                                    "' is no place in a run: it is \"SEQ\" or \"SEQ:OFFSET\", as "
                                    "the ids of its events are"};
  }
  return position;
}

std::string to_text(const FeedPosition& position) {
  std::string text = std::to_string(position.seq);
  if (position.offset > 0) text += ":" + std::to_string(position.offset);
  return text;
}

FeedItem::FeedItem(std::string run_id, FeedPosition at, What what)
    : run_id_(std::move(run_id)), at_(at), what_(std::move(what)) {}

std::string_view FeedItem::kind() const {
  if (const auto* event = std::get_if<Event>(&what_)) return spec_of(event->kind).name;
  if (const auto* live = std::get_if<LiveDelta>(&what_)) return kind_of(live->delta);
  return std::holds_alternative<LiveProgress>(what_) ? "tool.progress" : "reset";
}

const std::string& FeedItem::json() const {
  if (!json_.empty()) return json_;
  if (const auto* event = std::get_if<Event>(&what_)) {
    json_ = yoke::to_text(to_json(*event));
  } else if (const auto* live = std::get_if<LiveDelta>(&what_)) {
    json_ = yoke::to_text(live_json(run_id_, live->call_id, live->delta));
  } else if (const auto* progress = std::get_if<LiveProgress>(&what_)) {
    json_ = yoke::to_text(progress_json(run_id_, progress->call_id, progress->done, progress->total,
                                        progress->message));
  } else {
    json_ = yoke::to_text(Json{{"run", run_id_}, {"kind", "reset"}, {"seq", at_.seq}});
  }
  return json_;
}

std::size_t FeedItem::size() const {
  const std::size_t fixed = sizeof(FeedItem) + 256;
  if (const auto* live = std::get_if<LiveDelta>(&what_)) return fixed + 2 * live->delta.text.size();
  if (const auto* progress = std::get_if<LiveProgress>(&what_)) {
    return fixed + 2 * progress->message.size();
  }
  return is_event() ? fixed + 2048 : fixed;
}

// What is kept of one run. Items are numbered from the first that ever came.
struct RunFeed::Channel {
  FeedPosition head;              // of the newest item; seq 0: no event came yet
  std::uint64_t first_index = 0;  // of items.front()
  std::deque<FeedItemRef> items;
  std::size_t bytes = 0;
  std::list<Signal*> readers;
  bool may_go = false;  // nothing streams any more

  void push(FeedItemRef item) {
    bytes += item->size();
    items.push_back(std::move(item));
    for (Signal* reader : readers) reader->notify();
  }

  void drop_first() {
    bytes -= items.front()->size();
    items.pop_front();
    first_index += 1;
  }

  void clear() {
    while (!items.empty()) drop_first();
  }
};

RunFeed::RunFeed(Engine& engine, Store& store, Options options)
    : engine_(engine), store_(store), options_(options) {
  engine_.subscribe(*this);
}

RunFeed::~RunFeed() { engine_.unsubscribe(*this); }

RunFeed::Channel* RunFeed::find(std::string_view run_id) {
  const auto found = channels_.find(run_id);
  return found == channels_.end() ? nullptr : found->second.get();
}

RunFeed::Channel& RunFeed::channel_of(const std::string& run_id) {
  std::unique_ptr<Channel>& channel = channels_[run_id];
  if (!channel) channel = std::make_unique<Channel>();
  return *channel;
}

void RunFeed::on_event(const Event& event) {
  if (find(event.run_id) == nullptr && !may_stream(event)) return;
  Channel& channel = channel_of(event.run_id);
  channel.head = FeedPosition{event.seq, 0};
  channel.may_go = may_rest(event);
  if (!channel.readers.empty()) {
    channel.push(std::make_shared<FeedItem>(event.run_id, channel.head, event));
    return trim(channel);
  }
  channel.clear();
  if (channel.may_go) channels_.erase(event.run_id);
}

void RunFeed::push_live(std::string_view run_id, FeedItem::What what) {
  Channel* channel = find(run_id);
  if (channel == nullptr) return;  // nobody follows it, nor could come to
  channel->head.offset += 1;
  channel->push(std::make_shared<FeedItem>(std::string(run_id), channel->head, std::move(what)));
  trim(*channel);
}

void RunFeed::trim(Channel& channel) const {
  while (channel.bytes > options_.bytes_max && channel.items.size() > 1) channel.drop_first();
}

void RunFeed::on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) {
  if (delta.kind == Delta::Kind::reset) return push_live(run_id, LiveReset{});
  push_live(run_id, LiveDelta{std::string(call_id), delta});
}

void RunFeed::on_progress(std::string_view run_id, std::string_view call_id, double done,
                          double total, std::string_view message) {
  push_live(run_id, LiveProgress{std::string(call_id), done, total, std::string(message)});
}

void RunFeed::close() {
  closed_ = true;
  for (const auto& [run_id, channel] : channels_) {
    for (Signal* reader : channel->readers) reader->notify();
  }
}

void RunFeed::leave(const std::string& run_id) {
  const auto found = channels_.find(run_id);
  if (found == channels_.end() || !found->second->readers.empty()) return;
  if (found->second->may_go || found->second->head.seq == 0) channels_.erase(found);
}

RunFeed::Reader::Reader(RunFeed& feed, std::string run_id, FeedPosition from)
    : feed_(feed), run_id_(std::move(run_id)), position_(from), channel_(feed.channel_of(run_id_)) {
  place_ = channel_.readers.insert(channel_.readers.end(), &came_);
  index_ = channel_.first_index;
  feed_.readers_ += 1;
}

RunFeed::Reader::~Reader() {
  channel_.readers.erase(place_);
  feed_.readers_ -= 1;
  feed_.leave(run_id_);
}

std::unique_ptr<RunFeed::Reader> RunFeed::Reader::of_new_run(RunFeed& feed, const Claim& claim) {
  auto reader = std::make_unique<Reader>(feed, claim.run_id, FeedPosition{claim.head_seq, 0});
  reader->in_journal_ = false;
  reader->looked_ = true;
  return reader;
}

awaitable<Result<RunFeed::Reader::Next>> RunFeed::Reader::next(Deadline until) {
  while (true) {
    if (ended_) co_return Next{Why::ended, {}};
    if (FeedItemRef item = take()) co_return Next{Why::item, std::move(item)};
    if (in_journal_) {
      const Result<void> read = co_await read_journal();
      if (!read) co_return read.error();
      continue;
    }
    if (feed_.closed_) co_return Next{Why::closed, {}};
    const bool came = co_await came_.wait_until(until);
    if (!came || std::exchange(nudged_, false)) co_return Next{Why::quiet, {}};
  }
}

void RunFeed::Reader::nudge() {
  nudged_ = true;
  came_.notify();
}

awaitable<Result<void>> RunFeed::Reader::read_journal() {
  const Result<std::vector<Record>> page =
      co_await feed_.store_.read(run_id_, position_.seq, kPage);
  if (!page) co_return page.error();
  for (const Record& record : *page) {
    Result<Event> event = event_from_record(record);
    if (!event) co_return event.error();
    const FeedPosition at{event->seq, 0};
    backlog_.push_back(std::make_shared<FeedItem>(run_id_, at, std::move(*event)));
  }
  if (page->size() == kPage) co_return Result<void>();
  in_journal_ = false;
  stand_at(backlog_.empty() ? position_ : backlog_.back()->at());
  if (backlog_.empty() && !looked_) co_return co_await look_whether_ended();
  looked_ = true;
  co_return Result<void>();
}

// What streamed while nobody had told the channel where the run stands has no place in it.
void RunFeed::Reader::stand_at(const FeedPosition& place) {
  if (channel_.head.seq == 0) {
    channel_.clear();
    channel_.head = FeedPosition{place.seq, 0};
    passes_live_ = true;
  }
  index_ = channel_.first_index;
}

awaitable<Result<void>> RunFeed::Reader::look_whether_ended() {
  looked_ = true;
  const Result<RunRow> row = co_await feed_.store_.get(run_id_);
  if (!row) co_return row.error();
  ended_ = is_final(row->status);
  if (row->head_seq < position_.seq) {
    co_return Error{Errc::invalid, "run " + run_id_ + " has not come as far as event " +
                                       std::to_string(position_.seq)};
  }
  co_return Result<void>();
}

FeedItemRef RunFeed::Reader::take() {
  if (!backlog_.empty()) {
    FeedItemRef item = std::move(backlog_.front());
    backlog_.pop_front();
    return told(std::move(item));
  }
  return in_journal_ ? nullptr : take_live();
}

FeedItemRef RunFeed::Reader::take_live() {
  // It streamed under another attempt, before this process began: that is void.
  const bool void_now =
      position_.seq == channel_.head.seq && position_.offset > channel_.head.offset;
  if (void_now) return lost();
  index_ = std::max(index_, channel_.first_index);
  for (; index_ < channel_.first_index + channel_.items.size(); ++index_) {
    const FeedItemRef& item = channel_.items[index_ - channel_.first_index];
    const FeedPosition& at = item->at();
    if (at <= position_) continue;
    const bool follows = item->is_event() ? at.seq == position_.seq + 1 : at.seq == position_.seq;
    if (!follows) {
      in_journal_ = true;
      return nullptr;
    }
    if (item->is_event()) return told(item);
    if (passes_live_) continue;
    if (at.offset == position_.offset + 1) return told(item);
    passes_live_ = true;
    if (position_.offset > 0) return lost();
  }
  return nullptr;
}

FeedItemRef RunFeed::Reader::told(FeedItemRef item) {
  position_ = item->at();
  if (!item->is_event()) return item;
  passes_live_ = false;
  ended_ = ends_run(std::get<Event>(item->what()));
  return item;
}

// The pieces told since the last event are not all there were.
FeedItemRef RunFeed::Reader::lost() {
  position_.offset = 0;
  passes_live_ = true;
  return std::make_shared<FeedItem>(run_id_, position_, LiveReset{});
}

}  // namespace yoke
