using Sanctum.Cli.Secrets;
using Sanctum.Cli.Services;

namespace Sanctum.Cli.Runs;

/// <summary>The variables in which programs look for a service's key.</summary>
internal static class ServiceVariables
{
    // Where it is not NAME_API_KEY, or for tokens NAME_TOKEN.
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["aws"] = [AwsVariables.Id],
        ["github"] = ["GITHUB_TOKEN", "GH_TOKEN"],
        ["huggingface"] = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"],
        ["gemini"] = ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        ["replicate"] = ["REPLICATE_API_TOKEN"],
        ["cloudflare"] = ["CLOUDFLARE_API_TOKEN"],
        ["digitalocean"] = ["DIGITALOCEAN_ACCESS_TOKEN", "DIGITALOCEAN_TOKEN"],
        ["sentry"] = ["SENTRY_AUTH_TOKEN"],
        ["stripe"] = ["STRIPE_SECRET_KEY", "STRIPE_API_KEY"],
        ["slack"] = ["SLACK_BOT_TOKEN", "SLACK_TOKEN"],
        ["telegram"] = ["TELEGRAM_BOT_TOKEN"],
        ["twilio"] = ["TWILIO_AUTH_TOKEN"],
        ["brave-search"] = ["BRAVE_API_KEY", "BRAVE_SEARCH_API_KEY"],
        ["cohere"] = ["CO_API_KEY", "COHERE_API_KEY"],
        ["datadog"] = ["DD_API_KEY", "DATADOG_API_KEY"],
        ["linear"] = ["LINEAR_API_KEY"],
        ["jira"] = ["JIRA_API_TOKEN"],
        ["confluence"] = ["CONFLUENCE_API_TOKEN"],
        ["postmark"] = ["POSTMARK_SERVER_TOKEN"],
        ["vercel"] = ["VERCEL_TOKEN"],
    };

    public static IReadOnlyList<string> Of(Service service) =>
        Known.GetValueOrDefault(service.Name) ?? [$"{string.Join('_', VariableName.Words(service.Name))}_{(service.Type == "token" ? "TOKEN" : "API_KEY")}"];

    internal static IEnumerable<string> KnownServices => Known.Keys;
}
