using NSec.Cryptography;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Agents;

/// <summary>An agent at rest.</summary>
internal sealed record AgentRecord(string Name, string PublicKey, string Description, DateTimeOffset RegisteredAt)
{
    public static byte[] Write(AgentInfo info) => RecordJson.Write(
        new AgentRecord(info.Name.Value, Convert.ToHexStringLower(info.PublicKey.Span), info.Description, info.RegisteredAt),
        RecordJson.Default.AgentRecord);

    public static AgentInfo Read(ReadOnlySpan<byte> utf8)
    {
        var record = RecordJson.Read(utf8, RecordJson.Default.AgentRecord);
        return new AgentInfo(AgentName.Parse(record.Name), Convert.FromHexString(record.PublicKey), record.Description, record.RegisteredAt);
    }
}

/// <summary>An agent, its key ready for checking signatures.</summary>
internal sealed class RegisteredAgent(AgentInfo info)
{
    public AgentInfo Info { get; } = info;

    public PublicKey Key { get; } = Ed25519Signatures.Import(info.PublicKey.Span);
}
