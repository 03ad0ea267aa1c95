using System.Text.Json;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Services;

/// <summary>Reads a file of services, and refuses it whole if it is invalid, saying where.</summary>
internal static class ServiceFile
{
    public const string Name = "services.json";

    private const int MaxName = 64;
    private const int Longest = 1024 * 1024;

    /// <summary>The services of a vault's folder; none when it has no file.</summary>
    public static IReadOnlyList<Service> Read(string directory)
    {
        var path = Path.Join(directory, Name);
        try
        {
            // Whoever can write this file chooses where secrets are sent.
            return FoundFile.TryRead(path, Name, FileTrust.VaultsOwn, Longest) is { } json ? Parse(json, path) : [];
        }
        catch (UntrustedFileException untrusted)
        {
            throw CliErrors.InvalidServices(path, untrusted.Message, untrusted.Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.InvalidServices(path, "it can't be read", "check that this user can read it");
        }
    }

    public static IReadOnlyList<Service> Parse(ReadOnlySpan<byte> json, string path)
    {
        if (json is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..])
        {
            throw CliErrors.InvalidServices(path, "it is UTF-16 text", "save it as UTF-8");
        }

        try
        {
            // Not part of JSON, and yet what some editors begin a file with.
            var text = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
            var services = (JsonSerializer.Deserialize(text, ServicesJson.Default.ServicesDocument)
                ?? throw CliErrors.InvalidServices(path, "it must be an object")).Services;
            Check(services, path);
            return services;
        }
        catch (JsonException malformed)
        {
            throw CliErrors.InvalidServices(path, $"line {malformed.LineNumber.GetValueOrDefault() + 1}: {Describe(malformed)}");
        }
    }

    // Only what the vault does not see: it has its own rules for hosts, methods, paths and header types.
    private static void Check(IReadOnlyList<Service> services, string path)
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (Mistake(services[i], services.Take(i)) is { } mistake)
            {
                throw CliErrors.InvalidServices(path, $"services[{i}]: {mistake}");
            }
        }
    }

    private static string? Mistake(Service? service, IEnumerable<Service> before) => service switch
    {
        null => "it must be an object",
        _ when !IsName(service.Name) => $"'name' must be 1 to {MaxName} of a-z, 0-9 and '-'",
        _ when new[] { service.Hosts, service.Methods, service.Paths }.Any(list => list?.Contains(null!) is true) => $"'{service.Name}' has null in a list",
        _ when before.Any(it => it.Name == service.Name) => $"'{service.Name}' is repeated",
        { Hosts: [_, ..], Host: null } or { Hosts: null or [], Host: not null } => UserMistake(service),
        _ => $"'{service.Name}' must have 'hosts', or 'host' if the user chooses it",
    };

    private static string? UserMistake(Service service) =>
        service.User is not null && service.HeaderType != "basic" ? $"'{service.Name}' has 'user', which requires the header type basic" : null;

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    // The reader names a place in Path; what is wrong with it, and which member is missing, only in its message, in quotes.
    private static string Describe(JsonException malformed)
    {
        var place = malformed.Path is { Length: > 2 } path ? path[2..] : "the file";
        var quoted = malformed.Message.Split('\'', '"');
        return malformed.Message switch
        {
            var it when it.Contains("could not be mapped", StringComparison.Ordinal) && quoted.Length > 1 => $"'{Member(place, quoted[1])}' is an unknown member",
            var it when it.Contains("missing required", StringComparison.Ordinal) && quoted.Length > 3 => $"{place} has no '{quoted[^2]}'",
            var it when it.StartsWith("Duplicate", StringComparison.Ordinal) && quoted.Length > 1 => $"'{Member(place, quoted[1])}' is repeated",
            _ when malformed.Path is { Length: > 2 } => $"'{place}' has the wrong type",
            _ => "it is not the JSON of a list of services",
        };
    }

    private static string Member(string place, string name) => place.EndsWith(name, StringComparison.Ordinal) ? place : $"{place}.{name}";
}
