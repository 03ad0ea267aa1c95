using Tmds.DBus.Protocol;

namespace Sanctum.SealProviders.Local;

/// <summary>The calls of the Secret Service API that a seal provider needs. Secrets pass as plain text: the session bus is this user's own.</summary>
internal sealed class SecretServiceBus(DBusConnection bus, CancellationToken cancellationToken)
{
    private const string Name = "org.freedesktop.secrets", Root = "/org/freedesktop/secrets", DefaultCollection = "/org/freedesktop/secrets/aliases/default";
    private const string Service = "org.freedesktop.Secret.Service", Collection = "org.freedesktop.Secret.Collection", Item = "org.freedesktop.Secret.Item";
    private const string NoObject = "/";

    /// <summary>Keeps a value under attributes, in place of the one that was there.</summary>
    public async Task StoreAsync(string label, (string Name, string Value)[] attributes, byte[] value)
    {
        var session = await OpenSessionAsync().ConfigureAwait(false);
        var item = await CallAsync(Message(DefaultCollection, Collection, "CreateItem", "a{sv}(oayays)b", Write), (reply, _) => reply.GetBodyReader().ReadObjectPathAsString()).ConfigureAwait(false);
        if (item == NoObject)
        {
            throw SecretService.Locked(); // It would ask the user first.
        }

        void Write(ref MessageWriter writer)
        {
            var properties = writer.WriteDictionaryStart();
            writer.WriteDictionaryEntryStart();
            writer.WriteString("org.freedesktop.Secret.Item.Label");
            writer.WriteVariantString(label);
            writer.WriteDictionaryEntryStart();
            writer.WriteString("org.freedesktop.Secret.Item.Attributes");
            writer.WriteSignature("a{ss}");
            WriteAttributes(ref writer, attributes);
            writer.WriteDictionaryEnd(properties);
            writer.WriteStructureStart();
            writer.WriteObjectPath(session);
            writer.WriteArray(Array.Empty<byte>());
            writer.WriteArray(value);
            writer.WriteString("text/plain");
            writer.WriteBool(true);
        }
    }

    /// <summary>The item with these attributes, unlocked; null when there is none.</summary>
    public async Task<string?> FindAsync((string Name, string Value)[] attributes)
    {
        var (unlocked, locked) = await CallAsync(
            Message(Root, Service, "SearchItems", "a{ss}", (ref writer) => WriteAttributes(ref writer, attributes)),
            (reply, _) =>
            {
                var reader = reply.GetBodyReader();
                return (reader.ReadArrayOfObjectPath(), reader.ReadArrayOfObjectPath());
            }).ConfigureAwait(false);
        if (unlocked is [var found, ..])
        {
            return found.ToString();
        }

        if (locked is not [var other, ..])
        {
            return null;
        }

        var opened = await CallAsync(Message(Root, Service, "Unlock", "ao", (ref writer) => writer.WriteArray(new ObjectPath[] { other })), (reply, _) => reply.GetBodyReader().ReadArrayOfObjectPath()).ConfigureAwait(false);
        return opened is [var now, ..] ? now.ToString() : throw SecretService.Locked();
    }

    /// <summary>An item's value; the caller zeroes it.</summary>
    public async Task<byte[]> ReadAsync(string item)
    {
        var session = await OpenSessionAsync().ConfigureAwait(false);
        return await CallAsync(Message(item, Item, "GetSecret", "o", (ref writer) => writer.WriteObjectPath(session)), (reply, _) =>
        {
            var reader = reply.GetBodyReader();
            reader.AlignStruct();
            _ = reader.ReadObjectPath();
            _ = reader.ReadArrayOfByte();
            return reader.ReadArrayOfByte();
        }).ConfigureAwait(false);
    }

    /// <summary>Deletes an item.</summary>
    public async Task DeleteAsync(string item)
    {
        var prompt = await CallAsync(Message(item, Item, "Delete", "", (ref _) => { }), (reply, _) => reply.GetBodyReader().ReadObjectPathAsString()).ConfigureAwait(false);
        if (prompt != NoObject)
        {
            throw SecretService.Locked();
        }
    }

    private delegate void Body(ref MessageWriter writer);

    private static void WriteAttributes(ref MessageWriter writer, (string Name, string Value)[] attributes)
    {
        var dictionary = writer.WriteDictionaryStart();
        foreach (var (name, value) in attributes)
        {
            writer.WriteDictionaryEntryStart();
            writer.WriteString(name);
            writer.WriteString(value);
        }

        writer.WriteDictionaryEnd(dictionary);
    }

    private Task<string> OpenSessionAsync() => CallAsync(
        Message(Root, Service, "OpenSession", "sv", (ref writer) =>
        {
            writer.WriteString("plain");
            writer.WriteVariantString("");
        }),
        (reply, _) =>
        {
            var reader = reply.GetBodyReader();
            _ = reader.ReadVariantValue();
            return reader.ReadObjectPathAsString();
        });

    private MessageBuffer Message(string path, string @interface, string member, string signature, Body body)
    {
        var writer = bus.GetMessageWriter();
        try
        {
            writer.WriteMethodCallHeader(Name, path, @interface, member, signature.Length == 0 ? null : signature);
            body(ref writer);
            return writer.CreateMessage();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private Task<T> CallAsync<T>(MessageBuffer message, MessageValueReader<T> read) => bus.CallMethodAsync(message, read, null).WaitAsync(cancellationToken);
}
