// A program that embeds Yoke and brings a model backend of its own. It asks the question that it is
// given in a durable run: journaled, limited and replayable as with the program `yoke`.
#include <iostream>

#include "hosts/app/app.h"
#include "sandbox/worker/zygote.h"

namespace {

using yoke::asio::awaitable;

// Answers at once, and always the same to the same question.
class Oracle final : public yoke::Backend {
 public:
  awaitable<yoke::ModelOutcome> call(yoke::ModelRequest request, yoke::Deadline,
                                     yoke::DeltaSink sink) override {
    const std::string question = yoke::text_of(request.messages.back());
    yoke::ModelReply reply;
    reply.message.role = yoke::Role::assistant;
    reply.message.parts.emplace_back(
        yoke::TextPart{question.size() % 2 == 0 ? "Without a doubt." : "Ask again later."});
    reply.usage.input = static_cast<std::int64_t>(question.size()) / 4 + 1;
    reply.usage.output = 4;
    reply.cost = yoke::cost_of(reply.usage, kPrice);
    reply.model = request.target;
    if (sink) {
      yoke::Delta delta;
      delta.text = yoke::text_of(reply.message);
      sink(delta);
    }
    co_return reply;
  }

  std::optional<yoke::Price> price_of(const std::string&) const override { return kPrice; }

  yoke::Result<void> check_model(const std::string& model) const override {
    if (model == "eight-ball") return {};
    return yoke::Error{yoke::Errc::not_found, "the oracle has one model: eight-ball"};
  }

 private:
  static constexpr yoke::Price kPrice{1'000'000'000, 1'000'000'000, 1'000'000'000, 2'000'000'000};
};

awaitable<int> ask(yoke::App& app, std::string question) {
  const yoke::ProgramChoice choice{"", true, "oracle/eight-ball"};
  yoke::Result<yoke::Program> program = app.choose(choice);
  if (!program) {
    std::cerr << program.error().message() << "\n";
    co_return 2;
  }
  yoke::StartRun start;
  start.program = std::move(*program);
  start.task = std::move(question);
  start.model = choice.model;
  const auto created = co_await app.engine().create(std::move(start));
  if (!created) co_return 1;
  const auto end = co_await app.engine().drive(created->claim.run_id);
  if (!end || end->state.status != yoke::RunStatus::completed) co_return 1;
  std::cout << end->state.text << "\n"
            << "run " << created->claim.run_id << ", " << yoke::to_dollars(end->state.own_cost())
            << "\n";
  co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Before there is any thread, file or secret: this program is also what its scripts run in.
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  yoke::asio::io_context io{1};
  yoke::Additions additions;
  additions.backends["oracle"] = std::make_unique<Oracle>();
  auto app = yoke::App::open(io, {}, "", yoke::StoreUse::write, std::move(additions));
  if (!app) {
    std::cerr << app.error().message() << "\n";
    return 2;
  }
  int status = 1;
  yoke::asio::co_spawn(io, ask(**app, argc > 1 ? argv[1] : "Will it work?"),
                       [&](std::exception_ptr thrown, int ended) {
                         if (!thrown) status = ended;
                         io.stop();
                       });
  io.run();
  return status;
}
