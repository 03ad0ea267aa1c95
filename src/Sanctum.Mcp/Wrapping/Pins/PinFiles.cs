using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Client.Connections;
using Sanctum.Client.Keys;

namespace Sanctum.Mcp.Wrapping.Pins;

/// <summary>
/// Where the tools that were accepted are kept: in a folder of the agent's, a file for each server's name and command. Beside it lie the tools that a server has now, where they
/// are others and nobody has accepted them yet. Files are written whole, and for this user alone.
/// </summary>
public sealed class PinFiles
{
    private const int Version = 1;
    private const int LargestFile = 16 * 1024 * 1024;
    private const int HashCharacters = 16;
    private const string Ending = ".json", WaitingEnding = ".waiting.json";
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    private static readonly JsonDocumentOptions Strictly = new() { AllowDuplicateProperties = false, MaxDepth = 256 };

    private PinFiles(string folder, string server, IReadOnlyList<string> command, string key) => (Folder, Server, Command, Key) = (folder, server, command, key);

    /// <summary>What the operator calls the server.</summary>
    public string Server { get; }

    /// <summary>The program and its arguments, or the address.</summary>
    public IReadOnlyList<string> Command { get; }

    private string Folder { get; }

    private string Key { get; }

    private string AcceptedPath => Path.Join(Folder, Key + Ending);

    private string WaitingPath => Path.Join(Folder, Key + WaitingEnding);

    /// <summary>Those of one server.</summary>
    /// <param name="folder">The agent's folder; it need not exist.</param>
    /// <param name="server">The server's name, of letters, digits, '.', '_' and '-'.</param>
    /// <param name="command">The program and its arguments, or the address.</param>
    public static PinFiles For(string folder, string server, IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', command))));
        return new PinFiles(folder, server, command, $"{server}.{hash[..HashCharacters]}");
    }

    /// <summary>Those of every server of this name that there are, whatever its command.</summary>
    /// <exception cref="PinException">A file can't be read.</exception>
    public static IReadOnlyList<PinFiles> Find(string folder, string server)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var found = new List<PinFiles>();
        foreach (var path in Directory.EnumerateFiles(folder, $"{server}.*{Ending}").Where(path => !path.EndsWith(WaitingEnding, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var key = Path.GetFileName(path)[..^Ending.Length];
            if (key.Length == server.Length + 1 + HashCharacters && Open(path) is { } file)
            {
                found.Add(new PinFiles(folder, server, file.Command, key));
            }
        }

        return found;
    }

    /// <summary>The tools that were accepted; null where none were yet.</summary>
    /// <exception cref="PinException">The file can't be read, or is damaged.</exception>
    public PinnedSet? ReadAccepted() => Open(AcceptedPath)?.Tools;

    /// <summary>The tools that wait to be accepted; null for none.</summary>
    /// <exception cref="PinException">The file can't be read, or is damaged.</exception>
    public PinnedSet? ReadWaiting() => Open(WaitingPath)?.Tools;

    /// <summary>Keeps tools as the accepted ones.</summary>
    /// <exception cref="PinException">The file can't be written.</exception>
    public void Accept(PinnedSet tools)
    {
        Write(AcceptedPath, tools);
        Try(WaitingPath, () => File.Delete(WaitingPath));
    }

    /// <summary>Keeps tools for somebody to look at.</summary>
    /// <exception cref="PinException">The file can't be written.</exception>
    public void Wait(PinnedSet tools) => Write(WaitingPath, tools);

    /// <summary>Nothing waits any more: the server has again what was accepted.</summary>
    /// <exception cref="PinException">The file can't be removed.</exception>
    public void ForgetWaiting() => Try(WaitingPath, () =>
    {
        if (File.Exists(WaitingPath))
        {
            File.Delete(WaitingPath);
        }
    });

    private static Content? Open(string path)
    {
        byte[] bytes;
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            // A named pipe would keep the wrapper until somebody writes to it.
            if (OperatingSystem.IsLinux() && FileOwnership.Of(path) is { IsPlainFile: false })
            {
                throw new PinException(path, "it is not a regular file");
            }

            bytes = file.Length <= LargestFile ? File.ReadAllBytes(path) : throw new PinException(path, "it is too large");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new PinException(path, "it can't be read", unreadable);
        }

        try
        {
            var root = JsonElement.Parse(bytes, Strictly);
            var tools = PinnedSet.Of(root.GetProperty("tools").EnumerateArray().Select(PinnedTool.Of));
            return root.GetProperty("version").GetInt32() == Version && root.GetProperty("hash").GetString() == tools.Hash
                ? new Content(tools, [.. root.GetProperty("command").EnumerateArray().Select(word => word.GetString() ?? "")])
                : throw new PinException(path, "its hash is not that of its tools");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new PinException(path, "it is damaged", malformed);
        }
    }

    private void Write(string path, PinnedSet tools) => Try(path, () =>
    {
        Directory.CreateDirectory(Folder, OwnersFolder);
        var document = new JsonObject
        {
            ["version"] = Version,
            ["server"] = Server,
            ["command"] = new JsonArray([.. Command.Select(word => (JsonNode)word)]),
            ["hash"] = tools.Hash,
            ["tools"] = new JsonArray([.. tools.Tools.Select(tool => JsonNode.Parse(tool.Definition.GetRawText()))]),
        };
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnersFile }))
            {
                file.Write(Encoding.UTF8.GetBytes(document.ToJsonString()));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FolderSync.Of(path);
            FolderSync.Of(Folder);
        }
        finally
        {
            File.Delete(temporary);
        }
    });

    private static void Try(string path, Action change)
    {
        try
        {
            change();
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new PinException(path, "it can't be written", unwritable);
        }
    }

    private sealed record Content(PinnedSet Tools, IReadOnlyList<string> Command);
}

/// <summary>A file with accepted tools can't be used.</summary>
public sealed class PinException : Exception
{
    internal PinException(string path, string why, Exception? inner = null)
        : base($"{path}: {why}", inner) => File = path;

    /// <summary>The file.</summary>
    public string File { get; }
}
