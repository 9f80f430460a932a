#include "runtime/record/file_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/text.h"
#include "runtime/record/root_walk.h"
#include "runtime/record/signing_key.h"

namespace yoke {
namespace {

// What is kept of a run until the roots behind it have come.
struct SeenRun {
  std::string id;
  std::string tenant;
  std::int64_t own_from = 1;  // its own first event
  std::vector<Hash> hashes;   // of its own events
  std::optional<SealProof> proof = {};
  bool proven = false;  // the proof holds

  std::optional<Hash> hash_at(std::int64_t seq) const {
    const std::int64_t place = seq - own_from;
    if (place < 0 || place >= static_cast<std::int64_t>(hashes.size())) return std::nullopt;
    return hashes[static_cast<std::size_t>(place)];
  }
};

// The newest root in the file that covers a run as it is.
struct FiledCover {
  AuditRoot root;
  std::int64_t seq = 0;
  std::int64_t oldest = 0;  // the first root that covers it
};

std::string whose(const AuditRoot& root) {
  return root.key.empty() ? "not signed" : "signed by " + key_text(root.key);
}

class FileChecker {
 public:
  FileChecker(std::vector<std::string> keys, std::vector<RootFile> exported)
      : keys_(std::move(keys)), exported_(std::move(exported)), walk_(wanted()) {}

  void take(const FiledPart& part) {
    if (const auto* run = std::get_if<FiledRun>(&part)) take_run(*run);
    if (const auto* root = std::get_if<FiledRoot>(&part)) roots_.push_back(*root);
  }

  void end(const FileOrigin& origin) {
    check_roots(origin);
    for (const auto& [id, run] : runs_) check_seal(run);
    if (keys_.empty() && exported_.empty()) {
      report.notes.emplace_back(
          "no key and no root was named, so nothing vouches that it was not rewritten with all "
          "its hashes: --key, --root");
    }
  }

  void fail(const std::string& what) { report.findings.push_back({{}, 0, what}); }
  FileReport report;

 private:
  // A run's own file has no roots, and one store's file is held against those of the same store.
  RootsWanted wanted() const {
    RootsWanted wanted;
    wanted.keys = keys_;
    wanted.exported = exported_;
    return wanted;
  }

  void find(const std::string& run_id, std::int64_t seq, std::string what) {
    report.findings.push_back({run_id, seq, std::move(what)});
    if (!run_id.empty()) found_.insert(run_id);
  }

  void take_run(const FiledRun& filed) {
    const RunRow& row = filed.row;
    for (const ChainBreak& each : check_filed(filed)) find(row.run_id, each.seq, each.what);
    if (row.erased_at != 0) {
      report.notes.push_back(printable(row.run_id) + ": its content was erased by " +
                             printable(row.erased_by) + " at " + to_iso8601(row.erased_at));
    }
    SeenRun run;
    run.id = row.run_id;
    run.tenant = row.tenant;
    for (const Record& record : filed.records) {
      if (record.run_id != row.run_id) continue;
      if (run.hashes.empty()) run.own_from = record.seq;
      run.hashes.push_back(record.hash);
    }
    if (filed.proof) {
      const std::string wrong = wrong_in_proof(filed, keys_);
      if (!wrong.empty()) find(row.run_id, 0, wrong);
      run.proven = wrong.empty();
      run.proof = filed.proof;
    }
    if (!runs_.emplace(run.id, std::move(run)).second) find(row.run_id, 0, "it is there twice");
  }

  void check_roots(const FileOrigin& origin) {
    for (const FiledRoot& filed : roots_) {
      walk_.take(filed.root);
      if (filed.root.store != origin.store) {
        walk_.find(filed.root, "it is of store " + printable(filed.root.store) +
                                   ", the file of store " + printable(origin.store));
      }
      std::vector<CoveredHead> heads;
      heads.reserve(filed.heads.size());
      for (const RunHead& head : filed.heads) heads.push_back(covered(filed.root, head));
      walk_.take_heads(filed.root, heads);
      for (const CoveredHead& head : heads) {
        walk_.take_head(filed.root, head);
        note_cover(filed.root, head);
      }
    }
    if (!roots_.empty() || origin.whole) walk_.end(origin.store);
    for (const RootFile& file : exported_) {
      if (!origin.whole) break;
      for (const RunHead& head : file.heads) {
        const auto run = runs_.find(head.run_id);
        walk_.take_exported(file, head,
                            run == runs_.end() ? std::nullopt : run->second.hash_at(head.seq));
      }
    }
    for (const RootFinding& each : walk_.report.findings) {
      const std::string of = "root " + std::to_string(each.n) + " of " + printable(each.tenant);
      find(each.run_id, 0, each.run_id.empty() ? of + ": " + each.what : each.what);
    }
  }

  CoveredHead covered(const AuditRoot& root, const RunHead& head) const {
    CoveredHead out;
    static_cast<RunHead&>(out) = head;
    out.n = root.n;
    const auto run = runs_.find(head.run_id);
    if (run != runs_.end() && run->second.tenant == root.tenant) {
      out.found = run->second.hash_at(head.seq);
    }
    return out;
  }

  void note_cover(const AuditRoot& root, const CoveredHead& head) {
    if (!head.found || *head.found != head.hash) return;
    const auto [cover, first] = covers_.try_emplace(head.run_id);
    if (first) cover->second.oldest = root.n;
    cover->second.root = root;
    cover->second.seq = head.seq;
  }

  // How a run stands to the roots; a finding where it does not.
  void check_seal(const SeenRun& run) {
    const auto cover = covers_.find(run.id);
    if (run.proof && run.proven) {
      note_seal(run.id, run.proof->root, run.proof->seq);
    } else if (!run.proof && cover != covers_.end()) {
      note_seal(run.id, cover->second.root, cover->second.seq);
    } else if (!run.proof && !keys_.empty()) {
      find(run.id, 0,
           "no root covers it, though a key is named: seal the store (yoke store seal) and export "
           "it again");
    }
    const bool suspected = found_.contains(run.id);
    if (!exported_.empty() && !suspected)
      check_held(run, cover == covers_.end() ? nullptr : &cover->second);
  }

  void note_seal(const std::string& id, const AuditRoot& root, std::int64_t seq) {
    report.notes.push_back(printable(id) + ": up to event " + std::to_string(seq) +
                           " it is covered by root " + std::to_string(root.n) + " of " +
                           to_iso8601(root.at).substr(0, 19) + "Z, " + whose(root));
  }

  // That one of the roots named holds the run: by its proof, by a head that came with the root, or
  // by the roots of the file, which go on from it.
  void check_held(const SeenRun& run, const FiledCover* cover) {
    bool held = false;
    bool goes_on = false;
    std::string nearest;
    for (const RootFile& file : exported_) {
      const AuditRoot& root = file.root;
      if (run.proof && run.proof->root.store != root.store) {
        nearest = "the exported root is of another store";
        continue;
      }
      if (root.tenant != run.tenant) continue;
      const bool same = run.proof && run.proof->root.n == root.n;
      if (same && run.proof->root.root != root.root) {
        nearest = "the root in the file is not the exported one";
      }
      held = held || (same && run.proven && run.proof->root.root == root.root);
      held = check_head(run, file) || held;
      if (found_.contains(run.id)) return;
      const bool here = walk_.is_here(root);
      held = held || (here && cover != nullptr && cover->oldest <= root.n);
      goes_on = goes_on || here;
    }
    if (held) return;
    if (goes_on) {
      report.notes.push_back(printable(run.id) + ": no root that was named covers it; it is newer");
    } else {
      find(run.id, 0, nearest.empty() ? not_held(run) : nearest);
    }
  }

  // True: how far the run had come when the root was exported is as it was.
  bool check_head(const SeenRun& run, const RootFile& file) {
    for (const RunHead& head : file.heads) {
      if (head.run_id != run.id) continue;
      const std::optional<Hash> found = run.hash_at(head.seq);
      if (found && *found == head.hash) return true;
      find(run.id, head.seq, "it was rewritten, or cut, before what the exported root covers");
    }
    return false;
  }

  static std::string not_held(const SeenRun& run) {
    const std::string covered =
        run.proof ? "root " + std::to_string(run.proof->root.n) + " covers it, which was not named"
                  : "no root in the file covers it";
    return "none of the roots named can vouch for it: " + covered +
           "; name that one, or one exported with --with-runs";
  }

  std::vector<std::string> keys_;
  std::vector<RootFile> exported_;
  RootWalk walk_;
  std::map<std::string, SeenRun> runs_;
  std::vector<FiledRoot> roots_;
  std::map<std::string, FiledCover> covers_;
  std::set<std::string> found_;  // runs with whom something is wrong
};

}  // namespace

FileReport check_record_file(const std::function<bool(std::string&)>& next_line,
                             const std::vector<std::string>& keys,
                             const std::vector<RootFile>& exported) {
  RecordFileReader reader;
  FileChecker checker(keys, exported);
  std::string line;
  while (next_line(line)) {
    const Result<std::vector<FiledPart>> parts = reader.take(line);
    if (!parts) {
      checker.fail(parts.error().message());
      checker.report.counts = reader.counts();
      return std::move(checker.report);
    }
    for (const FiledPart& part : *parts) checker.take(part);
  }
  const Result<void> whole = reader.end();
  if (!whole) checker.fail(whole.error().message());
  checker.end(reader.origin());
  checker.report.counts = reader.counts();
  return std::move(checker.report);
}

}  // namespace yoke
