#include <cmath>
#include <cstdio>

#include "hosts/app/command.h"
#include "hosts/app/settings.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/run_task.h"
#include "hosts/cli/support.h"
#include "hosts/terminal/run_view.h"
#include "models/router.h"
#include "runtime/base/text.h"
#include "runtime/engine/paid_embedder.h"

// `yoke models embed`: texts as vectors, to try what a backend makes of them.
namespace yoke {
namespace {

constexpr std::chrono::minutes kPatience{5};
constexpr std::size_t kNumbersShown = 4;

// The texts on the command line, or each line that is piped in.
Result<std::vector<std::string>> texts_of(const Terminal& terminal, const ModelsOptions& options) {
  if (!options.texts.empty()) return options.texts;
  const Result<RunTask> piped = read_task(terminal, RunOptions{});
  std::vector<std::string> texts;
  if (piped) {
    for (const std::string_view line : split(piped->task, '\n')) {
      if (!trim(line).empty()) texts.emplace_back(trim(line));
    }
  }
  if (!texts.empty()) return texts;
  return Error{Errc::invalid, "nothing to embed: give texts, or pipe one a line in"};
}

double likeness(const std::vector<float>& a, const std::vector<float>& b) {
  double product = 0;
  double of_a = 0;
  double of_b = 0;
  for (std::size_t at = 0; at < a.size(); ++at) {
    product += static_cast<double>(a[at]) * b[at];
    of_a += static_cast<double>(a[at]) * a[at];
    of_b += static_cast<double>(b[at]) * b[at];
  }
  const double length = std::sqrt(of_a * of_b);
  return length > 0 ? product / length : 0;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4f", value);
  return text;
}

// "[0.0123, -0.0456, 0.0789, 0.0012, …] 0.8312 like the first · why is the sky blue?"
std::string vector_line(const EmbedReply& reply, std::size_t at, const std::string& text) {
  const std::vector<float>& vector = reply.vectors[at];
  std::string line = "[";
  for (std::size_t one = 0; one < std::min(vector.size(), kNumbersShown); ++one) {
    line += (one > 0 ? ", " : "") + number(static_cast<double>(vector[one]));
  }
  line += vector.size() > kNumbersShown ? ", …]" : "]";
  if (at > 0) line += " " + number(likeness(reply.vectors[0], vector)) + " like the first";
  return line + " · " + shorten(printable(text), 60) + "\n";
}

// "lab/embed-small · 2 vectors of 1536 dimensions · 12 tokens · $0.0000002"
std::string facts_line(const EmbedReply& reply, bool priced) {
  const std::size_t count = reply.vectors.size();
  std::string line = reply.target + " · " + std::to_string(count) + " vector" +
                     (count == 1 ? "" : "s") + " of " + std::to_string(reply.vectors[0].size()) +
                     " dimensions · " + std::to_string(reply.usage.input) + " tokens";
  if (reply.usage.estimated) line += " (estimated)";
  line += " · " + cost_text(reply.cost, priced);
  if (reply.attempts > 1) line += " · " + std::to_string(reply.attempts) + " requests";
  return line;
}

Json facts_json(const EmbedReply& reply, bool priced) {
  return {{"target", reply.target},
          {"model", reply.model},
          {"dimensions", reply.vectors[0].size()},
          {"usage", to_json(reply.usage)},
          {"cost", reply.cost},
          {"priced", priced},
          {"requests", reply.attempts},
          {"vectors", reply.vectors}};
}

bool is_priced(App& app, const std::string& target) {
  ModelRequest request;
  request.target = target;
  const Result<ModelEstimate> estimate = app.models().estimate(request);
  return estimate && estimate->priced;
}

awaitable<int> embed(App& app, Terminal& terminal, ModelsOptions options, CommonOptions common) {
  Result<std::vector<std::string>> texts = texts_of(terminal, options);
  if (!texts) co_return fail(terminal, texts.error());
  EmbedRequest request;
  request.target = options.route;
  request.texts = *texts;
  if (options.query) request.purpose = EmbedRequest::Purpose::query;
  if (options.dimensions > 0) request.dimensions = options.dimensions;
  SystemWallClock wall;
  SystemRandom random;
  PaidEmbedder paid({app.models(), app.models(), app.store(), wall, random},
                    budgets_of(app.config()), prices_edition(app.config()));
  auto asked = paid.embed(std::move(request), LoopClock::now() + kPatience);
  const EmbedOutcome outcome = co_await std::move(asked);
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    terminal.line("yoke: " + printable(failure->message));
    co_return kExitFailed;
  }
  const EmbedReply& reply = std::get<EmbedReply>(outcome);
  const bool priced = is_priced(app, reply.target);
  if (common.json) {
    terminal.out(to_text(facts_json(reply, priced)) + "\n");
    co_return kExitCompleted;
  }
  for (std::size_t at = 0; at < reply.vectors.size(); ++at) {
    terminal.out(vector_line(reply, at, (*texts)[at]));
  }
  if (!common.quiet) terminal.line(terminal.styled(Style::dim, facts_line(reply, priced)));
  co_return kExitCompleted;
}

}  // namespace

int models_embed(const CommonOptions& common, const ModelsOptions& options) {
  return with_app(common, "", StoreUse::write,
                  [&](App& app, Terminal& out) { return embed(app, out, options, common); });
}

}  // namespace yoke
