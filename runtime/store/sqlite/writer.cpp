#include "runtime/store/sqlite/writer.h"

#include "runtime/base/crash_point.h"
#include "runtime/store/sqlite/file.h"
#include "runtime/store/sqlite/stored_run.h"

namespace yoke::sqlite {
namespace {

constexpr int kLogFramesMax = 1024;  // 4 MiB of pages: then the log is moved into the file
// What was erased and is in the log, because somebody reads it: so often it is tried again.
constexpr std::chrono::seconds kForgetAgain{1};

// Readers are quick, and others want to write.
class ShortPatience {
 public:
  explicit ShortPatience(Database& database) : database_(database) {
    database_.run_script("PRAGMA busy_timeout=200");
  }
  ~ShortPatience() {
    try {
      database_.run_script("PRAGMA busy_timeout=5000");
    } catch (const SqlError&) {
      // It touches no file: what else is wrong is met by the next call.
    }
  }
  ShortPatience(const ShortPatience&) = delete;
  ShortPatience& operator=(const ShortPatience&) = delete;

 private:
  Database& database_;
};

void fail_all(std::vector<SharedCall<Writer>>& batch, const std::string& why) {
  for (const SharedCall<Writer>& call : batch) {
    call->failure = std::make_exception_ptr(StoreFault(why));
  }
}

}  // namespace

Writer::Writer(Database& database, std::string store_path, WriterIdentity identity, Health& health,
               Counters& counters)
    : database_(database),
      contents_(database, std::move(store_path)),
      identity_(std::move(identity)),
      health_(health),
      counters_(counters) {}

void Writer::work(std::vector<SharedCall<Writer>>& batch) {
  try {
    erases_ = false;
    commit_batch(batch);
    if (erases_) forget_erased();  // before whoever erased is told that it is done
  } catch (const SqlError& error) {
    live_.clear();
    fail_all(batch, health_.judge(error));
  } catch (const SyncFailed& fault) {
    live_.clear();
    health_.end(fault.what());
    fail_all(batch, fault.what());
  } catch (const StoreFault& fault) {
    fail_all(batch, fault.what());
  }
}

void Writer::commit_batch(std::vector<SharedCall<Writer>>& batch) {
  health_.check();
  Transaction transaction(database_);
  for (const SharedCall<Writer>& call : batch) perform(*call);
  crash_point("store.before_commit");
  transaction.commit();
  crash_point("store.after_commit");
  counters_.commits += 1;
  counters_.calls += batch.size();
}

void Writer::perform(StoreCall<Writer>& call) {
  try {
    call.work(*this);
  } catch (const SyncFailed&) {
    throw;
  } catch (const StoreFault&) {
    call.failure = std::current_exception();  // before it wrote anything: the others go on
  }
}

void Writer::tidy() {
  remove_erased_files();
  if (database_.log_frames() >= kLogFramesMax) checkpoint();
  if (has_erased_ && std::chrono::steady_clock::now() >= forget_at_) forget_erased();
}

void Writer::rest() {
  if (has_erased_) forget_erased();
  if (database_.log_frames() > 0) checkpoint();
}

// The log still has pages as they were: it is cut, as soon as no reader looks into it.
void Writer::forget_erased() {
  try {
    health_.check();
    forget_at_ = std::chrono::steady_clock::now() + kForgetAgain;
    const ShortPatience patience(database_);
    has_erased_ = database_.checkpoint(true) > 0;
    counters_.checkpoints += 1;
  } catch (const SqlError& error) {
    health_.judge(error);  // it is cut another time
  } catch (const StoreFault&) {
    // The store has ended: its callers are told by their own calls.
  }
}

void Writer::remove_erased_files() {
  try {
    health_.check();
    contents_.remove_erased_files();
  } catch (const SqlError& error) {
    health_.judge(error);  // they stay named, and are removed another time
  } catch (const StoreFault&) {
    // The store has ended: its callers are told by their own calls.
  }
}

void Writer::checkpoint() {
  try {
    health_.check();
    database_.checkpoint(false);
    counters_.checkpoints += 1;
  } catch (const SqlError& error) {
    health_.judge(error);  // what is committed stays so; a bad disk is met by the next call
  } catch (const StoreFault&) {
    // The store has ended: its callers are told by their own calls.
  }
}

Result<Posted> Writer::post(InboxMessage& message) {
  const std::optional<StoredRun> stored = find(message.run_id);
  if (!stored) return store_rules::no_such_run(message.run_id);
  std::optional<InboxMessage> standing =
      message_with(database_, stored->run_no, message.run_id, message.id);
  if (standing) return Posted{false, std::move(*standing)};
  if (is_final(stored->row.status)) {
    return store_rules::run_ended(message.run_id, stored->row.status, stored->row.reason);
  }
  insert_message(stored->run_no, message);
  if (stored->row.status == RunStatus::waiting) {
    const Micros ready_at = store_rules::woken_at(stored->row.ready_at, message.at);
    Query wake = database_.sql("UPDATE runs SET ready_at=?2 WHERE run_no=?1");
    wake.bind(stored->run_no, ready_at).run();
  }
  return Posted{true, std::move(message)};
}

Result<void> Writer::kv_set(const std::string& space, const std::string& key, const Json& value) {
  const std::string text = to_text(value);
  Query query = database_.sql("INSERT OR REPLACE INTO kv(space, key, value) VALUES(?1, ?2, ?3)");
  query.bind(space, key, text).run();
  return {};
}

Result<void> Writer::kv_remove(const std::string& space, const std::string& key) {
  Query query = database_.sql("DELETE FROM kv WHERE space=?1 AND key=?2");
  query.bind(space, key).run();
  return {};
}

}  // namespace yoke::sqlite
