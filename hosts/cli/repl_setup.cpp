#include "hosts/cli/repl_setup.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <vector>

#include "hosts/app/command.h"
#include "hosts/app/find_models.h"
#include "hosts/app/model_survey.h"
#include "hosts/app/settings.h"
#include "models/presets.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kLookWithin{6};
constexpr std::size_t kModelsOfEach = 6;

struct Offered {
  std::string target;  // "openai/gpt-5-mini"
  std::string from;    // "key from env:OPENAI_API_KEY"
};

awaitable<int> look(HttpSender& http, ModelsConfig models, const Config& config,
                    std::vector<SurveyedBackend>& found) {
  const Environment environment = environment_of(config);
  const Deadline deadline = LoopClock::now() + kLookWithin;
  auto looking = survey_models(http, std::move(models), found_keys(environment),
                               usual_places(environment), deadline);
  found = co_await std::move(looking);
  co_return kExitCompleted;
}

Result<std::vector<SurveyedBackend>> survey(Terminal& terminal, const Config& config) {
  Result<ModelsConfig> models = models_of(config);
  if (!models) return models.error();
  add_implied(*models, environment_of(config));
  asio::io_context io{1};
  HttpClientOptions settings;
  settings.proxies = proxies_from_environment();
  HttpClient client(io.get_executor(), std::move(settings));
  ClientSender sender(client);
  std::vector<SurveyedBackend> found;
  run_to_end(io, terminal, look(sender, std::move(*models), config, found));
  return found;
}

std::string where_from(const SurveyedBackend& backend) {
  if (backend.origin == SurveyedBackend::Origin::server) return "runs at " + backend.address;
  return "key from " + backend.key_name;
}

// Of each that answers its first models that can talk; of the others why they cannot be used.
std::vector<Offered> offers_of(Terminal& terminal, const std::vector<SurveyedBackend>& found) {
  std::vector<Offered> offered;
  for (const SurveyedBackend& backend : found) {
    if (backend.state != SurveyedBackend::State::reachable) {
      terminal.line("  " +
                    printable(backend.name + " (" + where_from(backend) + "): " + backend.why));
      continue;
    }
    std::size_t count = 0;
    for (const SurveyedModel& model : backend.models) {
      if (model.facts.embeddings == Known::yes || count == kModelsOfEach) continue;
      ++count;
      offered.push_back(Offered{backend.name + "/" + model.name, where_from(backend)});
    }
  }
  return offered;
}

// `known` backends were found and none of them has a model that can be used.
Error nothing_offered(std::size_t known) {
  const std::string first =
      known == 0 ? "no key is set and no local server answers; set a vendor's key, as in "
                   "OPENAI_API_KEY=…, start a server such as Ollama"
                 : "none of the above has a model that can be used; mend what is said of it, set "
                   "another vendor's key, start a server such as Ollama";
  return Error{Errc::not_found, first + ", or try 'yoke init', whose demo needs neither"};
}

// The target that was chosen; empty: none.
std::string choose_target(Terminal& terminal, const std::vector<Offered>& offered) {
  for (std::size_t i = 0; i < offered.size(); ++i) {
    terminal.line("  " + std::to_string(i + 1) + "  " + printable(offered[i].target) + "  " +
                  terminal.styled(Style::dim, printable(offered[i].from)));
  }
  terminal.line("Which one? A number, or any BACKEND/MODEL; Enter takes the first, q leaves.");
  while (true) {
    terminal.err("> ");
    std::string line;
    if (!std::getline(std::cin, line)) return {};
    const std::string said(trim(line));
    if (said == "q" || said == "quit") return {};
    if (said.empty()) return offered.front().target;
    const bool is_number =
        said.size() < 5 && said.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t number = is_number ? std::stoul(said) : 0;
    if (number >= 1 && number <= offered.size()) return offered[number - 1].target;
    const bool names_one = said.find('/') != std::string::npos && is_valid_utf8(said) &&
                           said.find_first_of("\"\\ \t") == std::string::npos;
    if (!is_number && names_one) return said;
    terminal.line("that is none of them: 1 to " + std::to_string(offered.size()) +
                  ", or a name such as " + printable(offered.front().target));
  }
}

Result<void> write_config(const std::string& file, const std::string& target) {
  const std::string text =
      "# Settings of this project. Every key: docs/configuration.md of yoke.\n"
      "# A vendor's key is taken from its usual variable, or from a file .env beside this one.\n\n"
      "[routes.default]\n"
      "targets = [\"" +
      target + "\"]\n";
  const Result<Config> parsed = parse_config(text, file);
  if (!parsed) return parsed.error();
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.flush();
  if (!out) return Error{Errc::unavailable, "cannot write " + file};
  return {};
}

}  // namespace

Result<bool> set_up_first_run(Terminal& terminal, const Config& config) {
  terminal.line("There is no yoke.toml here yet. Looking for models …");
  const Result<std::vector<SurveyedBackend>> found = survey(terminal, config);
  if (!found) return found.error();
  const std::vector<Offered> offered = offers_of(terminal, *found);
  if (offered.empty()) return nothing_offered(found->size());
  const std::string target = choose_target(terminal, offered);
  if (target.empty()) return false;
  const std::string file = (std::filesystem::current_path() / "yoke.toml").string();
  const Result<void> written = write_config(file, target);
  if (!written) return written.error();
  terminal.line("wrote " + file + ": the default route is " + printable(target));
  return true;
}

}  // namespace yoke
