using System.Text.Json;

namespace Sanctum.Client.Tests;

/// <summary>One agent of test/vectors/agent-keys.json, made by an independent implementation.</summary>
public sealed record KeyVector(
    string Agent,
    string PublicKey,
    byte[] Challenge,
    string Signature,
    string Plain,
    string? Passphrase,
    string? Protected,
    string? Tampered)
{
    public static IReadOnlyList<KeyVector> All { get; } = Load();

    public static KeyVector Research { get; } = All.Single(vector => vector.Agent == "research-agent");

    public static KeyVector Unicode { get; } = All.Single(vector => vector.Agent == "unicode-agent");

    private static List<KeyVector> Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "agent-keys.json")));
        var all = document.RootElement.GetProperty("agents").EnumerateArray().Select(From).ToList();
        return all.Count > 0 ? all : throw new InvalidOperationException("agent-keys.json has no agents: the tests would prove nothing");
    }

    private static KeyVector From(JsonElement vector)
    {
        string? Text(string name) => vector.TryGetProperty(name, out var value) ? value.GetString() : null;
        return new(
            Text("agent")!,
            Text("public_key_hex")!,
            Convert.FromHexString(Text("challenge_hex")!),
            Text("signature_hex")!,
            Text("key_file")!,
            Text("passphrase"),
            Text("key_enc_file"),
            Text("key_enc_file_tampered"));
    }
}
