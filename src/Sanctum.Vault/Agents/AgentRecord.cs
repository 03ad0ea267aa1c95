using System.Text.Json.Serialization;
using NSec.Cryptography;
using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Agents;

/// <summary>An agent at rest.</summary>
internal sealed record AgentRecord(
    string Name,
    string PublicKey,
    string Description,
    DateTimeOffset RegisteredAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Disabled = false, // Left out, as before there was such a thing.
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AgentFreeze? Frozen = null)
{
    public static RecordKey KeyOf(AgentName name, RecordCodec codec) => codec.KeyOf(Collections.Agents, name.Value);

    public static RecordChange Change(AgentInfo info, RecordCodec codec) => new(KeyOf(info.Name, codec), Write(info), info);

    public static byte[] Write(AgentInfo info) => RecordJson.Write(
        new AgentRecord(info.Name.Value, Convert.ToHexStringLower(info.PublicKey.Span), info.Description, info.RegisteredAt, info.Disabled, info.Frozen),
        RecordJson.Default.AgentRecord);

    public static AgentInfo Read(ReadOnlySpan<byte> utf8)
    {
        var record = RecordJson.Read(utf8, RecordJson.Default.AgentRecord);
        return new AgentInfo(AgentName.Parse(record.Name), Convert.FromHexString(record.PublicKey), record.Description, record.RegisteredAt) { Disabled = record.Disabled, Frozen = record.Frozen };
    }
}

/// <summary>An agent, its key ready for checking signatures.</summary>
internal sealed class RegisteredAgent(AgentInfo info)
{
    public AgentInfo Info { get; } = info;

    public PublicKey Key { get; } = Ed25519Signatures.Import(info.PublicKey.Span);
}
