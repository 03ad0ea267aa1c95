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
    DateTimeOffset UpdatedAt)
{
    public static byte[] Write(CredentialInfo info) => RecordJson.Write(
        new CredentialRecord(
            info.Path.Value, info.Type, info.Description, info.Tags, info.Hosts, info.HeaderType, info.Version, info.CreatedAt, info.UpdatedAt),
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
            HeaderType = record.HeaderType,
            Version = record.Version,
            CreatedAt = record.CreatedAt,
            UpdatedAt = record.UpdatedAt,
        };
    }
}
