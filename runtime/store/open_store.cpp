#include "runtime/store/memory/memory_store.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "runtime/store/store.h"

namespace yoke {

Result<std::unique_ptr<Store>> open_store(const std::string& url, asio::any_io_executor executor,
                                          StoreOptions options) {
  static constexpr std::string_view kSqlite = "sqlite:";
  if (url == "memory:") {
    return std::unique_ptr<Store>(std::make_unique<MemoryStore>(
        std::make_shared<MemoryDisk>(), std::move(executor), std::move(options)));
  }
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    Result<std::unique_ptr<sqlite::SqliteStore>> opened = sqlite::SqliteStore::open(
        url.substr(kSqlite.size()), std::move(executor), std::move(options));
    if (!opened) return opened.error();
    return std::unique_ptr<Store>(std::move(*opened));
  }
  return Error{Errc::invalid,
               "'" + url + "' is no address of a store; write sqlite:PATH or memory:"};
}

}  // namespace yoke
