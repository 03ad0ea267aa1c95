using Sanctum.Cli.Secrets;
using Sanctum.Cli.Services;

namespace Sanctum.Cli.Imports;

/// <summary>Which service of the catalogue a variable's name stands for: <c>OPENAI_API_KEY</c> is for <c>openai</c>.</summary>
internal sealed class VariableServices(ServiceCatalog catalog)
{
    // What programs call a service whose name in the catalogue is another.
    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["GH"] = "github",
        ["HF"] = "huggingface",
        ["HUGGING_FACE"] = "huggingface",
        ["HUGGINGFACEHUB"] = "huggingface",
        ["DO"] = "digitalocean",
        ["ELEVEN_LABS"] = "elevenlabs",
        ["XI"] = "elevenlabs",
        ["BRAVE"] = "brave-search",
        ["OPENWEATHERMAP"] = "openweather",
        ["CF"] = "cloudflare",
        ["DD"] = "datadog",
    };

    // What comes after the service's name, and makes it the credential that the catalogue means.
    private static readonly HashSet<string> Endings = new(StringComparer.Ordinal)
    {
        "KEY", "API_KEY", "APIKEY", "TOKEN", "API_TOKEN", "ACCESS_TOKEN", "AUTH_TOKEN", "SECRET_KEY", "API_SECRET_KEY", "BOT_TOKEN", "PAT", "PERSONAL_ACCESS_TOKEN", "SERVER_TOKEN", "HUB_TOKEN", "SERVER_API_TOKEN",
    };

    private readonly Dictionary<string, Service> _byWords = catalog.All.ToDictionary(service => string.Join('_', VariableName.Words(service.Name)), StringComparer.Ordinal);

    /// <summary>The service; null where the name stands for none.</summary>
    public Service? Of(string variable)
    {
        var words = VariableName.Words(variable);
        for (var count = words.Length - 1; count > 0; count--)
        {
            var start = string.Join('_', words.Take(count));
            if (Endings.Contains(string.Join('_', words.Skip(count))) && (_byWords.GetValueOrDefault(start) ?? (Others.TryGetValue(start, out var name) ? ByName(name) : null)) is { } service)
            {
                return service;
            }
        }

        return null;
    }

    /// <summary>A service by its name in the catalogue, where it is still there.</summary>
    public Service? ByName(string? name) => catalog.All.FirstOrDefault(service => service.Name == name);
}
