#include "hosts/app/open_store.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "runtime/base/ascii.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr int kRunsLookedAt = 50'000;

std::string start_of(const std::string& agent) {
  std::error_code ignored;
  if (fs::is_directory(agent, ignored)) return agent;
  const std::string file = agent.substr(0, agent.rfind('#'));
  for (const std::string& path : {agent, file}) {
    if (path.find_first_of("./") != std::string::npos && fs::is_regular_file(path, ignored)) {
      return fs::absolute(path).parent_path().string();
    }
  }
  return ".";
}

// What others made and a project runs, rather than a part of one.
bool is_package(const std::string& agent) {
  const fs::path path = agent.substr(0, agent.rfind('#'));
  if (path.extension() == ".json" || path.extension() == ".zip") return true;
  std::error_code ignored;
  return fs::exists(path / "manifest.json", ignored) ||
         fs::exists(path / "declarativeAgent.json", ignored);
}

bool is_in_project(const std::string& folder) {
  std::error_code ignored;
  for (fs::path dir = fs::absolute(folder);; dir = dir.parent_path()) {
    if (fs::exists(dir / "yoke.toml", ignored)) return true;
    if (dir == dir.parent_path()) return false;
  }
}

// The newest that nobody's other run asked for: no shadow, no judge.
awaitable<Result<std::string>> newest_run(Store& store) {
  RunFilter filter;
  filter.children_left_out = true;
  for (filter.limit = 50;; filter.limit *= 10) {
    const std::vector<RunRow> rows = co_await store.list(filter);
    if (rows.empty()) co_return Error{Errc::not_found, "there are no runs yet"};
    const auto own = std::find_if(rows.begin(), rows.end(),
                                  [](const RunRow& row) { return row.parent_run.empty(); });
    if (own != rows.end()) co_return own->run_id;
    const bool all = rows.size() < static_cast<std::size_t>(filter.limit);
    if (all || filter.limit >= kRunsLookedAt) co_return rows.front().run_id;
  }
}

}  // namespace

ConfigPlace config_place(const CommonOptions& common, const std::string& agent) {
  ConfigPlace place;
  place.file = common.config;
  place.store_url = common.store;
  place.start_dir = start_of(agent);
  if (is_package(agent) && !is_in_project(place.start_dir)) place.start_dir = ".";
  return place;
}

std::string node_id() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return std::string(name.data()) + ":" + std::to_string(::getpid());
}

Result<std::unique_ptr<OpenStore>> open_store_of(const CommonOptions& common,
                                                 asio::any_io_executor executor, bool read_only) {
  Result<Config> config = load_config(config_place(common));
  if (!config) return config.error();
  auto open = std::make_unique<OpenStore>();
  open->config = std::move(*config);
  const std::string& url = open->config.store_url;
  std::error_code unknown;  // what cannot be looked at is told by whoever opens it
  const bool missing =
      url.starts_with("sqlite:") && !fs::exists(url.substr(7), unknown) && !unknown;
  if (read_only && missing) {
    return Error{Errc::not_found,
                 "there are no runs yet: no store at " + url.substr(7) + " (yoke run makes one)"};
  }
  StoreOptions options;
  options.read_only = read_only;
  options.node_id = node_id();
  options.wall = &open->wall;
  Result<std::unique_ptr<Store>> store = yoke::open_store(url, std::move(executor), options);
  if (!store) return store.error();
  open->store = std::move(*store);
  return open;
}

awaitable<Result<std::string>> find_run(Store& store, std::string typed) {
  if (typed.empty()) co_return Error{Errc::invalid, "an empty id names no run"};
  RunFilter filter;
  if (typed == "@last") co_return co_await newest_run(store);
  filter.limit = 3;
  filter.id_prefix = to_upper(typed);
  const std::vector<RunRow> rows = co_await store.list(filter);
  if (rows.empty()) {
    co_return Error{Errc::not_found, "no run '" + typed + "'; see 'yoke runs list'"};
  }
  if (rows.size() > 1 && rows.front().run_id != filter.id_prefix) {
    co_return Error{Errc::invalid, "'" + typed + "' begins more than one run's id: " +
                                       rows[0].run_id + ", " + rows[1].run_id};
  }
  co_return rows.front().run_id;
}

}  // namespace yoke
