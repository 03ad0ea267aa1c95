using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Tests.Crypto;

public sealed class EnvelopeTests
{
    // C2SP XAES-256-GCM.md, "Test vectors". The first has the top bit of AES(key, 0) clear, the second has it set.
    [Theory]
    [InlineData(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")]
    [InlineData(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")]
    public void The_results_are_those_of_the_specification(byte key, string associated, string expected)
    {
        using var envelope = Make(key);
        var plaintext = "XAES-256-GCM"u8;
        var message = new byte[Envelope.Overhead + plaintext.Length];
        "ABCDEFGHIJKLMNOPQRSTUVWX"u8.CopyTo(message);

        envelope.EncryptWith(message, plaintext, Encoding.ASCII.GetBytes(associated));

        Assert.Equal(expected, Convert.ToHexStringLower(message.AsSpan(Envelope.NonceSize)));
    }

    [Fact]
    public void Whatever_is_sealed_opens_to_the_same()
    {
        using var envelope = Make(7);
        for (var length = 0; length < 70; length++)
        {
            var plaintext = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            var opened = new byte[length];
            Assert.True(envelope.TryDecrypt(envelope.Encrypt(plaintext, [1, 2]), [1, 2], opened));
            Assert.Equal(plaintext, opened);
        }
    }

    [Fact]
    public void Any_changed_bit_is_found()
    {
        using var envelope = Make(7);
        var message = envelope.Encrypt("hello"u8, "here"u8);
        var opened = new byte[5];
        for (var bit = 0; bit < message.Length * 8; bit++)
        {
            message[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(envelope.TryDecrypt(message, "here"u8, opened));
            Assert.Equal(new byte[5], opened);
            message[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.False(envelope.TryDecrypt(message, "there"u8, opened));
        Assert.True(envelope.TryDecrypt(message, "here"u8, opened));
    }

    [Fact]
    public void What_is_too_short_does_not_open()
    {
        using var envelope = Make(7);
        for (var length = 0; length < Envelope.Overhead; length++)
        {
            Assert.False(envelope.TryDecrypt(new byte[length], [], []));
        }
    }

    [Fact]
    public void Many_threads_may_seal_and_open_at_once()
    {
        using var envelope = Make(7);
        Parallel.For(0, 2000, i =>
        {
            var plaintext = BitConverter.GetBytes(i);
            var opened = new byte[4];
            Assert.True(envelope.TryDecrypt(envelope.Encrypt(plaintext, []), [], opened));
            Assert.Equal(plaintext, opened);
        });
    }

    [Fact]
    public void Two_seals_of_one_message_have_nothing_in_common()
    {
        using var envelope = Make(7);
        Assert.NotEqual(envelope.Encrypt("same"u8, [])[..Envelope.NonceSize], envelope.Encrypt("same"u8, [])[..Envelope.NonceSize]);
    }

    private static Envelope Make(byte key) => new(new SecretBytes(Enumerable.Repeat(key, 32).ToArray()));
}
