using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Cli.Services;

/// <summary>A service that credentials are for: what one is bound to by its name alone. The shape of <c>services.json</c>.</summary>
/// <param name="Name">What <c>--service</c> takes.</param>
/// <param name="Title">The name for people.</param>
/// <param name="HeaderType">How the secret goes into requests; <c>basic</c> where <paramref name="User"/> completes it.</param>
/// <param name="Hosts">Where requests go; none where <paramref name="Host"/> asks for it.</param>
/// <param name="Type">The credential's type.</param>
/// <param name="Methods">The only methods, where the service has no others.</param>
/// <param name="Paths">The only paths, where the host has others besides its API.</param>
/// <param name="Host">Asks for the host, where every customer has their own.</param>
/// <param name="User">Asks for the user name that goes with the secret.</param>
/// <param name="Note">What else to know.</param>
/// <param name="Docs">The service's own page about this.</param>
internal sealed record Service(
    string Name,
    string Title,
    string HeaderType,
    IReadOnlyList<string>? Hosts = null,
    string Type = "api_key",
    IReadOnlyList<string>? Methods = null,
    IReadOnlyList<string>? Paths = null,
    ServiceQuestion? Host = null,
    ServiceQuestion? User = null,
    string? Note = null,
    string? Docs = null);

/// <summary>What only the user can say.</summary>
internal sealed record ServiceQuestion(string What, string Example);

/// <summary>A file of services, and what <c>sanctum service list --json</c> prints: the one can be made of the other.</summary>
internal sealed record ServicesDocument(IReadOnlyList<Service> Services);

/// <summary>Reads files of services.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(ServicesDocument))]
internal sealed partial class ServicesJson : JsonSerializerContext;
