using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.CommandLine;
using Sanctum.Sealing;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Where passphrases come from, the first that there is: <c>--passphrase-file</c>, the variable, systemd's credential, the terminal.
/// They are UTF-8 in arrays that the caller zeroes.
/// </summary>
internal sealed class Passphrases(string? file)
{
    public const string Variable = "SANCTUM_PASSPHRASE";
    public const string SystemdCredential = "sanctum-passphrase";

    /// <summary>Whether one was given without anybody being asked.</summary>
    public bool IsGiven => file is not null || FromEnvironment is not null || SystemdFile is not null;

    /// <summary>The vault's passphrase.</summary>
    public byte[] Get() => Given() ?? Ask("the vault's passphrase", "Passphrase: ");

    /// <summary>A new vault's passphrase: typed twice when it is typed.</summary>
    public byte[] GetNew() => Checked("the passphrase", Given() ?? AskTwice("a passphrase for the new vault", "New passphrase"));

    /// <summary>What replaces the passphrase.</summary>
    public static byte[] GetReplacement(string? file) =>
        Checked("the new passphrase", file is null ? AskTwice("the new passphrase", "New passphrase", "--new-passphrase-file") : ReadFile(file, "--new-passphrase-file"));

    /// <summary>What protects an agent's key file; not the vault's passphrase, which agents must not know.</summary>
    public static byte[] GetForKey(string? file)
    {
        const string option = "--key-passphrase-file";
        var passphrase = Checked(
            "the key's passphrase", file is null ? AskTwice("a passphrase for the agent's key", "Passphrase for the key", option) : ReadFile(file, option));
        if (Utf8.IsValid(passphrase))
        {
            return passphrase;
        }

        // Clients take it as a string, in which all bytes that are not text become one and the same character.
        CryptographicOperations.ZeroMemory(passphrase);
        throw CliErrors.NotText("the key's passphrase");
    }

    private static string? FromEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null;

    private static string? SystemdFile =>
        Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } directory
        && Path.Join(directory, SystemdCredential) is var path && File.Exists(path) ? path : null;

    private byte[]? Given() =>
        file is not null ? ReadFile(file, "--passphrase-file")
        : FromEnvironment is { } value ? OfEnvironment(value)
        : SystemdFile is { } path ? ReadFile(path, "systemd's credential")
        : null;

    // .NET has put one character in the place of every byte that is not text: many passphrases would be the same one.
    private static byte[] OfEnvironment(string value)
    {
        var text = Encoding.UTF8.GetBytes(value);
        try
        {
            var (start, length) = Bounds(text, Variable);
            return value.Contains('\uFFFD', StringComparison.Ordinal) ? throw CliErrors.NotText(Variable)
                : length == 0 ? throw CliErrors.Usage($"{Variable} is empty")
                : length > PassphraseRule.MaximumBytes ? throw CliErrors.LongPassphrase(Variable)
                : PinnedCopy(text.AsSpan(start, length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    // Where the passphrase begins, and how long it is: without the byte order mark that some editors begin a file with, and without a newline at the end.
    private static (int Start, int Length) Bounds(ReadOnlySpan<byte> text, string what)
    {
        if (text.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            throw CliErrors.Utf16(what);
        }

        var start = text.StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0;
        return (start, LengthWithoutNewline(text[start..]));
    }

    // The path is not repeated: a passphrase typed in a file name's place would be on the screen and in logs.
    private static byte[] ReadFile(string path, string option)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(PassphraseRule.MaximumBytes + "\uFEFF"u8.Length + "\r\n".Length + 1, pinned: true);
        try
        {
            using var file = FoundFile.TryOpen(HomeFolder.Expand(path), $"the file of {option}", FileTrust.Given) ?? throw CliErrors.MissingFile(option);
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            (var start, length) = Bounds(buffer.AsSpan(0, length), $"the file of {option}");
            return length == 0 ? throw CliErrors.Usage($"the file of {option} is empty")
                : length > PassphraseRule.MaximumBytes ? throw CliErrors.LongPassphrase($"the file of {option}")
                : PinnedCopy(buffer.AsSpan(start, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>In memory that the garbage collector does not copy about, so that zeroing it zeroes the only one.</summary>
    internal static byte[] PinnedCopy(ReadOnlySpan<byte> secret)
    {
        var copy = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(copy);
        return copy;
    }

    /// <summary>Editors and <c>echo</c> end a file with a newline that nobody meant; a second one was meant.</summary>
    internal static int LengthWithoutNewline(ReadOnlySpan<byte> text) =>
        text.EndsWith("\r\n"u8) ? text.Length - 2 : text.EndsWith("\n"u8) ? text.Length - 1 : text.Length;

    private static byte[] Ask(string what, string prompt)
    {
        if (!SecretPrompt.IsPossible)
        {
            throw CliErrors.NoPassphrase(what);
        }

        var typed = SecretPrompt.Ask(prompt);
        return typed.Length > 0 ? typed : throw CliErrors.Usage("no passphrase was typed");
    }

    private static byte[] AskTwice(string what, string prompt, string? option = null)
    {
        if (!SecretPrompt.IsPossible)
        {
            throw option is null ? CliErrors.NoPassphrase(what) : CliErrors.NoSecretSource(what, option);
        }

        var first = Checked("that passphrase", SecretPrompt.Ask($"{prompt}: "));
        var second = SecretPrompt.Ask("Confirm passphrase: ");
        var same = CryptographicOperations.FixedTimeEquals(first, second);
        CryptographicOperations.ZeroMemory(second);
        if (!same)
        {
            CryptographicOperations.ZeroMemory(first);
            throw CliErrors.PassphrasesDiffer();
        }

        return first;
    }

    private static byte[] Checked(string what, byte[] passphrase)
    {
        if (PassphraseRule.IsLongEnough(passphrase))
        {
            return passphrase;
        }

        CryptographicOperations.ZeroMemory(passphrase);
        throw CliErrors.ShortPassphrase(what);
    }
}
