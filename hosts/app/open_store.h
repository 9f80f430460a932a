#pragma once

#include <memory>
#include <string>

#include "hosts/app/options.h"
#include "hosts/config/config.h"
#include "runtime/store/store.h"

namespace yoke {

// A configuration with its store open: what every command that looks at runs needs.
struct OpenStore {
  Config config;
  SystemWallClock wall;
  std::unique_ptr<Store> store;  // after `wall`, which it uses
};

// Where the configuration of a command is: beside the agent that it names by a path, if it does.
ConfigPlace config_place(const CommonOptions& common, const std::string& agent = {});

// Errors: those of load_config and open_store, and not_found when reading where nothing was
// written.
Result<std::unique_ptr<OpenStore>> open_store_of(const CommonOptions& common,
                                                 asio::any_io_executor executor, bool read_only);

std::string node_id();  // "HOST:PID"

// A run's id from what a person typed: an id, a unique beginning of one, or "@last": the
// newest that was not started for another run's sake.
awaitable<Result<std::string>> find_run(Store& store, std::string typed);

}  // namespace yoke
