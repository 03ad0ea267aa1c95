using NSec.Cryptography;

namespace Sanctum.Client.Tests.Keys;

/// <summary>Which file the client signs with shows in whose signature the daemon gets.</summary>
public sealed class KeyResolutionTests : IDisposable
{
    private readonly ScriptedPeer _peer = new();
    private readonly TemporaryDirectory _keys = new();

    private static KeyVector Plain => KeyVector.Research;

    private static KeyVector Protected => KeyVector.Unicode;

    [Fact]
    public async Task The_plain_file_is_taken_when_there_is_no_other() =>
        Assert.Equal(Plain, await SignerAsync(options => WritePlain()));

    [Fact]
    public async Task The_protected_file_is_taken_when_there_is_a_passphrase() => Assert.Equal(Protected, await SignerAsync(options =>
    {
        WritePlain();
        WriteProtected();
        options.Passphrase = Protected.Passphrase;
    }));

    [Fact]
    public async Task The_plain_file_is_taken_when_there_is_no_passphrase() => Assert.Equal(Plain, await SignerAsync(options =>
    {
        WritePlain();
        WriteProtected();
    }));

    [Fact]
    public async Task The_plain_file_is_taken_when_a_passphrase_has_nothing_to_open() => Assert.Equal(Plain, await SignerAsync(options =>
    {
        WritePlain();
        options.Passphrase = "unused";
    }));

    [Fact]
    public async Task An_explicit_path_comes_first() => Assert.Equal(Plain, await SignerAsync(options =>
    {
        WriteProtected();
        options.Passphrase = Protected.Passphrase;
        options.KeyPath = _keys.Write("explicit", Plain.Plain);
    }));

    [Fact]
    public async Task An_explicit_path_may_hold_a_protected_key() => Assert.Equal(Protected, await SignerAsync(options =>
    {
        WritePlain();
        options.Passphrase = Protected.Passphrase;
        options.KeyPath = _keys.Write("explicit", Protected.Protected!);
    }));

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public async Task A_key_file_that_others_may_touch_is_refused_where_the_options_say_so(UnixFileMode loose)
    {
        WritePlain();
        File.SetUnixFileMode(_keys["research-agent.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite | loose);
        Assert.Equal(Plain, await SignerAsync(options => { }));
        var refusal = await Assert.ThrowsAsync<AuthException>(() => SignerAsync(options => options.RequirePrivateKeyFile = true));
        Assert.Contains("chmod 600", refusal.Suggestion, StringComparison.Ordinal);

        File.SetUnixFileMode(_keys["research-agent.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(Plain, await SignerAsync(options => options.RequirePrivateKeyFile = true));
    }

    public void Dispose()
    {
        _peer.Dispose();
        _keys.Dispose();
    }

    private void WritePlain() => _keys.Write("research-agent.key", Plain.Plain);

    private void WriteProtected() => _keys.Write("research-agent.key.enc", Protected.Protected!);

    private async Task<KeyVector> SignerAsync(Action<SanctumClientOptions> arrange)
    {
        var options = new SanctumClientOptions { SocketPath = _peer.SocketPath, KeyDirectory = _keys.Root };
        arrange(options);
        var connecting = SanctumClient.ConnectAsync("research-agent", options);
        using var connection = await _peer.AcceptAsync();
        var challenge = PeerConnection.LabelledChallenge;
        await connection.ReplyAsync(
            await connection.ReadAsync("authenticate"), $$"""{"session_id":"s","challenge":"{{Convert.ToHexStringLower(challenge)}}"}""");
        PeerRequest answer;
        try
        {
            answer = await connection.ReadAsync("challenge_response");
        }
        catch (EndOfStreamException)
        {
            // The client would not sign; what it says about that is the result.
            await connecting;
            throw;
        }

        await connection.ReplyAsync(answer, """{"authenticated":true}""");
        await (await connecting).DisposeAsync();
        return KeyVector.All.Single(vector => Verifies(vector, challenge, answer["signature"]!));
    }

    private static bool Verifies(KeyVector vector, byte[] challenge, string signature) => SignatureAlgorithm.Ed25519.Verify(
        PublicKey.Import(SignatureAlgorithm.Ed25519, Convert.FromHexString(vector.PublicKey), KeyBlobFormat.RawPublicKey),
        challenge,
        Convert.FromHexString(signature));
}
