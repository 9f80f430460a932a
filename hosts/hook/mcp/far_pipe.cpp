#include "hosts/hook/mcp/far_pipe.h"

#include <filesystem>

#include "hosts/hook/mcp/modern_call.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::seconds kBeat{15};
constexpr std::size_t kPipesMax = 256;

// All that is said to one far client, in order.
class FarWay final : public Way {
 public:
  void push(const mcp::RpcMessage& message) override {
    text += mcp::to_text(message) + "\n";
    news.notify();
  }
  void end() override {}  // of a request: others go on

  std::string text;
  bool over = false;
  Signal news;
};

HttpReply away(int status, const char* title, std::string detail) {
  return problem({status, title, std::move(detail), "mcp.pipe"});
}

}  // namespace

struct FarPipes::Far {
  Far(const ServerRef& server, Principal who, asio::any_io_executor executor)
      : way(std::make_shared<FarWay>()),
        session(server, std::move(who), way, std::move(executor)) {}

  std::string name;
  const std::shared_ptr<FarWay> way;  // shared with what is being answered
  PipeSession session;
};

void FarPipes::add(const std::shared_ptr<FarPipes>& self, Endpoints& endpoints) {
  Endpoint one;
  one.method = "POST";
  one.path = kFarPipePath;
  one.scope = Scope::run;
  one.answer = [self](HookCall call) { return open(self, std::move(call)); };
  endpoints.push_back(one);
  one.path = std::string(kFarPipePath) + "/{name}";
  one.answer = [self](HookCall call) { return say(self, std::move(call)); };
  endpoints.push_back(std::move(one));
}

awaitable<HttpReply> FarPipes::open(std::shared_ptr<FarPipes> self, HookCall call) {
  const Result<Json> body = json_body(call.request);
  if (!body) co_return problem(refusal_of(body.error()));
  const std::string& here = self->server_->services().app.config().project_dir;
  std::error_code unknown;
  if (!std::filesystem::equivalent(string_at(*body, "project"), here, unknown)) {
    co_return away(422, "another project",
                   "the yoke that holds this store works in the project " + here +
                       ": give this one a store of its own, with [store] or --store");
  }
  if (self->stopping_) co_return away(503, "unavailable", "this yoke is being stopped");
  if (self->open_.size() >= kPipesMax) co_return away(503, "unavailable", "too many pipes");
  const auto executor = co_await asio::this_coro::executor;
  const auto far = std::make_shared<Far>(self->server_, std::move(call.who), executor);
  far->name = std::to_string(++self->count_);
  far->way->text = far->name + "\n";
  self->open_[far->name] = far;
  HttpReply reply;
  reply.headers.add("Content-Type", "application/x-ndjson");
  reply.stream = [self, far](HttpWriter& writer) { return write(self, far, writer); };
  co_return reply;
}

awaitable<void> FarPipes::write(std::shared_ptr<FarPipes> self, std::shared_ptr<Far> far,
                                HttpWriter& writer) {
  struct Leave {
    FarPipes& pipes;
    Far& far;
    ~Leave() {
      far.session.abandon();
      pipes.open_.erase(far.name);
    }
  };
  const Leave leave{*self, *far};
  FarWay& way = *far->way;
  while (true) {
    if (way.text.empty() && way.over) co_return;
    if (way.text.empty()) {
      const bool came = co_await way.news.wait_until(LoopClock::now() + kBeat);
      if (came) continue;
      way.text = "\n";
    }
    auto writing = writer.write(std::exchange(way.text, {}));
    const bool open = co_await std::move(writing);
    if (!open) co_return;
  }
}

awaitable<HttpReply> FarPipes::say(std::shared_ptr<FarPipes> self, HookCall call) {
  const auto found = self->open_.find(call.args.at(0));
  if (found == self->open_.end()) co_return away(404, "not found", "there is no such pipe");
  mcp::ReadMessage read = mcp::read_message(call.request.body);
  if (auto* bad = std::get_if<mcp::BadMessage>(&read)) {
    co_return message_reply(400, mcp::error_message(bad->id, std::move(bad->error)));
  }
  found->second->session.take(std::move(std::get<mcp::RpcMessage>(read)));
  HttpReply reply;
  reply.status = 202;
  co_return reply;
}

awaitable<void> FarPipes::stop() {
  stopping_ = true;
  const auto pipes = open_;
  for (const auto& [name, far] : pipes) {
    co_await far->session.close();
    far->way->over = true;
    far->way->news.notify();
  }
}

}  // namespace yoke::mcp_hook
