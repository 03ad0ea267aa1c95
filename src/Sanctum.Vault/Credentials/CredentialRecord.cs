using Sanctum.Audit;
using Sanctum.Storage;

namespace Sanctum.Credentials;

/// <summary>A credential's metadata at rest. Its secrets lie in records of their own, one per version.</summary>
internal sealed record CredentialRecord(
    string Path,
    string Type,
    string Description,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> Hosts,
    string? HeaderType,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<string>? AllowedOrigins = null,
    IReadOnlyList<string>? Methods = null,
    IReadOnlyList<string>? Paths = null,
    JwtRecord? Jwt = null,
    IReadOnlyList<string>? AllowedCredentials = null)
{
    public static RecordKey KeyOf(CredentialPath path, RecordCodec codec) => codec.KeyOf(Collections.Credentials, path.Value);

    public static RecordChange Change(CredentialInfo info, RecordCodec codec) => new(KeyOf(info.Path, codec), Write(info), info);

    public static byte[] Write(CredentialInfo info) => RecordJson.Write(
        new CredentialRecord(
            info.Path.Value,
            info.Type,
            info.Description,
            info.Tags,
            info.Hosts,
            info.HeaderType,
            info.Version,
            info.CreatedAt,
            info.UpdatedAt,
            info.AllowedOrigins,
            info.Methods,
            info.Paths,
            info.Jwt is { } jwt ? new JwtRecord(jwt.Claims, jwt.AllowedClaims, (long)jwt.MaxLifetime.TotalSeconds) : null,
            info.AllowedCredentials.Count > 0 ? info.AllowedCredentials : null),
        RecordJson.Default.CredentialRecord);

    public static CredentialInfo Read(ReadOnlySpan<byte> utf8)
    {
        var record = RecordJson.Read(utf8, RecordJson.Default.CredentialRecord);
        return new CredentialInfo
        {
            Path = CredentialPath.Parse(record.Path),
            Type = record.Type,
            Description = record.Description,
            Tags = record.Tags,
            Hosts = record.Hosts,
            AllowedOrigins = record.AllowedOrigins ?? [],
            Methods = record.Methods ?? [],
            Paths = record.Paths ?? [],
            HeaderType = record.HeaderType,
            AllowedCredentials = record.AllowedCredentials ?? [],
            Jwt = record.Jwt is { } jwt
                ? new JwtRules { Claims = jwt.Claims, AllowedClaims = jwt.AllowedClaims, MaxLifetime = TimeSpan.FromSeconds(jwt.MaxLifetime) }
                : null,
            Version = record.Version,
            CreatedAt = record.CreatedAt,
            UpdatedAt = record.UpdatedAt,
        };
    }
}

/// <summary><see cref="JwtRules"/> at rest; the lifetime is in seconds.</summary>
internal sealed record JwtRecord(IReadOnlyDictionary<string, string> Claims, IReadOnlyList<string> AllowedClaims, long MaxLifetime);
