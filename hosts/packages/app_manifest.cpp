#include "hosts/packages/app_manifest.h"

#include <array>

#include "agents/declarative/manifest_shape.h"
#include "hosts/packages/icon.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using Verdict = PluginFinding::Verdict;

constexpr int kAppMinorMax = 29;

constexpr auto kAppMembers = std::to_array<ShapeMember>({
    {"app", "$schema", "text"},
    {"app", "manifestVersion", "text", 1, 0, true},
    {"app", "version", "text", 1, 256, true},
    {"app", "id", "guid", 1, 0, true},
    {"app", "packageName", "text"},
    {"app", "localizationInfo", "object:languages"},
    {"app", "developer", "object:developer", 0, 0, true},
    {"app", "name", "object:name", 0, 0, true},
    {"app", "description", "object:description", 0, 0, true},
    {"app", "icons", "object:icons", 0, 0, true},
    {"app", "accentColor", "color", 1, 0, true},
    {"app", "configurableTabs", "list", 0, 1},
    {"app", "staticTabs", "list", 0, 16},
    {"app", "bots", "list", 0, 1},
    {"app", "connectors", "list", 0, 1},
    {"app", "composeExtensions", "list", 0, 1},
    {"app", "permissions", "texts"},
    {"app", "devicePermissions", "texts"},
    {"app", "validDomains", "texts", 0, 16},
    {"app", "webApplicationInfo", "object:web application"},
    {"app", "graphConnector", "any"},
    {"app", "showLoadingIndicator", "flag"},
    {"app", "isFullScreen", "flag"},
    {"app", "activities", "any"},
    {"app", "configurableProperties", "texts"},
    {"app", "supportedChannelTypes", "texts"},
    {"app", "supportsChannelFeatures", "text"},
    {"app", "defaultBlockUntilAdminAction", "flag"},
    {"app", "publisherDocsUrl", "https"},
    {"app", "defaultInstallScope", "text"},
    {"app", "defaultGroupCapability", "any"},
    {"app", "meetingExtensionDefinition", "any"},
    {"app", "authorization", "any"},
    {"app", "extensions", "list"},
    {"app", "dashboardCards", "list"},
    {"app", "copilotAgents", "object:agents"},
    {"app", "copilotExtensions", "object:agents"},
    {"app", "intuneInfo", "any"},
    {"app", "elementRelationshipSet", "any"},
    {"app", "backgroundLoadConfiguration", "any"},
    {"app", "agentConnectors", "list"},
    {"app", "agentSkills", "list"},
    {"app", "subscriptionOffer", "any"},

    {"languages", "defaultLanguageTag", "text", 1, 0, true},
    {"languages", "defaultLanguageFile", "path"},
    {"languages", "additionalLanguages", "list:language"},
    {"language", "languageTag", "text", 1, 0, true},
    {"language", "file", "path", 1, 0, true},

    {"developer", "name", "text", 1, 32, true},
    {"developer", "mpnId", "text", 0, 10},
    {"developer", "websiteUrl", "url", 1, 2048, true},
    {"developer", "privacyUrl", "url", 1, 2048, true},
    {"developer", "termsOfUseUrl", "url", 1, 2048, true},
    {"developer", "contactInfo", "any"},
    {"name", "short", "text", 1, 30, true},
    {"name", "full", "text", 0, 100},
    {"description", "short", "text", 1, 80, true},
    {"description", "full", "text", 1, 4000, true},
    {"description", "features", "list", 1, 3},
    {"icons", "color", "path", 1, 0, true},
    {"icons", "outline", "path", 1, 0, true},
    {"icons", "color32x32", "path"},
    {"web application", "id", "guid", 1, 0, true},
    {"web application", "resource", "text"},
    {"web application", "nestedAppAuthInfo", "any"},

    {"agents", "declarativeAgents", "list:declarative", 1, 1},
    {"agents", "customEngineAgents", "list", 1, 1},
    {"declarative", "id", "text", 1, 64, true},
    {"declarative", "file", "path", 1, 0, true},
});

// What a Teams client shows or does, and nothing here.
constexpr auto kTeamsOnly = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"configurableTabs", "tabs are Teams' own"},
    {"staticTabs", "tabs are Teams' own"},
    {"bots", "a bot answers by itself; its agent is not in this package"},
    {"connectors", "connectors to channels are Teams' own"},
    {"composeExtensions", "message extensions are Teams' own"},
    {"extensions", "add-ins run in Office"},
    {"dashboardCards", "dashboards are Viva's own"},
    {"agentConnectors", "add its MCP server with 'yoke mcp add'"},
    {"graphConnector", "Graph connectors are Microsoft 365's own"},
    {"webApplicationInfo", "single sign-on of Teams is not used here"},
    {"authorization", "permissions in Teams are not used here"},
    {"meetingExtensionDefinition", "meetings are Teams' own"},
});

class AppReader {
 public:
  AppReader(const Json& document, const std::string& file, Package& package,
            PluginFindings& findings, bool only_told)
      : document_(document),
        file_(file),
        package_(package),
        findings_(findings),
        only_told_(only_told) {}

  Result<AppManifest> read() {
    if (Result<void> known = check_version(); !known) return known.error();
    AgentFindings found;
    check_shape(kAppMembers, "app", document_, "", minor_, found);
    for (AgentFinding& each : found) {
      put(static_cast<Verdict>(each.verdict), each.pointer, std::move(each.text), each.forbidden);
    }
    out_.file = file_;
    out_.name = string_at(member_at(document_, "name"), "short");
    out_.description = string_at(member_at(document_, "description"), "short");
    check_icon("color", 192);
    check_icon("outline", 32);
    read_agents();
    read_skills();
    for (const auto& [member, why] : kTeamsOnly) {
      const Json& said = member_at(document_, member);
      if (!said.is_null() && !said.empty()) {
        put(Verdict::not_honoured, "/" + std::string(member), std::string(why));
      }
    }
    return std::move(out_);
  }

 private:
  void put(Verdict verdict, const std::string& pointer, std::string text, bool forbidden = false) {
    findings_.push_back(PluginFinding{verdict, file_, pointer, std::move(text), forbidden});
  }

  Result<void> wrong_version(Errc code, std::string text) {
    if (!only_told_) return Error{code, std::move(text), file_};
    minor_ = kAppMinorMax;
    put(Verdict::error, "/manifestVersion", std::move(text), true);
    return {};
  }

  Result<void> check_version() {
    const std::string version = string_at(document_, "manifestVersion");
    if (version.empty()) {
      return wrong_version(Errc::invalid,
                           "an app manifest has a \"manifestVersion\"; this has none");
    }
    out_.version = version;
    minor_ = version == "devPreview" || version == "vDevPreview" ? kAppMinorMax
                                                                 : minor_version(version, 1);
    if (minor_ < 0) {
      return wrong_version(Errc::unsupported,
                           "the app manifest's version \"" + shorten(printable(version), 40) +
                               "\" is not known; 1.0 to 1.29 and devPreview are");
    }
    if (minor_ > kAppMinorMax) {
      put(Verdict::differently, "/manifestVersion",
          "is newer than 1.29: read as 1.29, what is new in it has no effect");
    }
    return {};
  }

  void check_icon(const char* kind, std::uint32_t pixels) {
    const std::string name = string_at(member_at(document_, "icons"), kind);
    if (name.empty()) return;
    const std::string pointer = "/icons/" + std::string(kind);
    const Result<std::string> path = package_path(file_, name);
    const Result<std::string> bytes =
        path ? package_.read(*path) : Result<std::string>(path.error());
    if (!bytes) {
      put(Verdict::not_honoured, pointer, "the icon is not there: " + bytes.error().message(),
          true);
      return;
    }
    const ImageSize size = png_size(*bytes);
    if (size.width == pixels && size.height == pixels) return;
    const std::string is = size.width == 0 ? "no PNG"
                                           : std::to_string(size.width) + " x " +
                                                 std::to_string(size.height) + " pixels";
    put(Verdict::not_honoured, pointer,
        "the icon " + name + " is " + is + "; it has to be a PNG of " + std::to_string(pixels) +
            " x " + std::to_string(pixels),
        true);
  }

  void read_agents() {
    for (const char* member : {"copilotAgents", "copilotExtensions"}) {
      const Json& agents = member_at(document_, member);
      const std::string pointer = "/" + std::string(member);
      const Json& list = member_at(agents, "declarativeAgents");
      for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
        const std::string name = string_at(list[i], "file");
        const std::string where = pointer + "/declarativeAgents/" + std::to_string(i) + "/file";
        const Result<std::string> path = package_path(file_, name);
        if (name.empty()) continue;
        if (!path) {
          put(Verdict::error, where, path.error().detail, true);
          continue;
        }
        put(Verdict::honoured, where, "the agent is run");
        out_.agent_files.push_back(*path);
      }
      if (agents.contains("customEngineAgents")) {
        put(Verdict::not_honoured, pointer + "/customEngineAgents",
            "a custom engine agent is a service of its own; nothing of it is in the package");
      }
    }
  }

  void read_skills() {
    const Json& list = member_at(document_, "agentSkills");
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
      const std::string folder = string_at(list[i], "folder");
      const std::string where = "/agentSkills/" + std::to_string(i) + "/folder";
      if (folder.empty()) continue;
      out_.skills.push_back(SkillFolder{folder, where});
      if (!out_.agent_files.empty()) continue;
      put(Verdict::not_honoured, where,
          "no agent comes with it: copy the folder into the project's skills/");
    }
  }

  const Json& document_;
  const std::string file_;
  Package& package_;
  PluginFindings& findings_;
  const bool only_told_;
  int minor_ = 0;
  AppManifest out_;
};

}  // namespace

Result<AppManifest> read_app_manifest(const Json& document, const std::string& file,
                                      Package& package, PluginFindings& findings, bool only_told) {
  if (!document.is_object()) {
    return Error{Errc::invalid, "an app manifest is a JSON object", file};
  }
  return AppReader(document, file, package, findings, only_told).read();
}

}  // namespace yoke
