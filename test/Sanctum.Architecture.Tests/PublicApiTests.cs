using System.Reflection;
using System.Runtime.CompilerServices;

namespace Sanctum.Architecture.Tests;

/// <summary>What docs/decisions/0210 says of the packages' public API: rules of the Framework Design Guidelines that can be read out of the assemblies.</summary>
public sealed class PublicApiTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly List<Type> _types =
        [.. ((string[])["Sanctum.Client", "Sanctum.Extensions", "Sanctum.Testing", "Sanctum.Vault", "Sanctum.Storage.Sqlite", "Sanctum.Storage.Postgres", "Sanctum.SealProviders"]).SelectMany(name => Assembly.Load(name).GetExportedTypes())];

    private static readonly List<MethodInfo> _methods =
        [.. _types.SelectMany(type => type.GetMethods(Own)).Where(method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !method.IsSpecialName && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null)];

    // The decision says why each has no token.
    private static readonly string[] _withoutToken =
    [
        "ExchangeSocket.CloseAsync", "ExchangeSocket.ReceiveAsync", "ExchangeSocket.SendAsync", "ISharedVaultStore.ReleaseAsync", "PostgresVaultStore.ReleaseAsync", "TestVault.RestartAsync", "TestVault.SealAsync", "TestVault.StartAsync",
        "TestVault.StartUpstreamAsync", "TestVault.StopAsync", "TestVault.StoreAsync", "TestVault.UnsealAsync", "Vault.RecordWrongTokenAsync", "Vault.RequireBoundAsync", "Vault.RouteAsync",
    ];

    // Options that a host's configuration fills, and what a caller hands to a store.
    private static readonly string[] _filled = ["SanctumClientOptions.Addresses", "SanctumOptions.Addresses", "StoreBatch.Deletes", "StoreBatch.Puts"];

    // Programs' tests override what they are about (decision 100); errors, results and options have kinds.
    private static readonly string[] _open = ["OperationResult", "SanctumClient", "SanctumOptions", "VaultException"];

    [Fact]
    public void Methods_that_are_awaited_end_in_Async_and_no_others() =>
        Assert.Empty(_methods.Where(method => IsAwaited(method.ReturnType) != method.Name.EndsWith("Async", StringComparison.Ordinal) && !IsOverride(method)).Select(Name));

    [Fact]
    public void Methods_that_are_awaited_take_a_token_last_which_may_be_left_out()
    {
        var without = _methods.Where(method => IsAwaited(method.ReturnType) && method.Name != "DisposeAsync" && !IsOverride(method) && !EndsWithToken(method)).Select(Name).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(_withoutToken, without);
    }

    [Fact]
    public void Classes_are_sealed_but_for_those_that_are_made_to_be_derived_from() =>
        Assert.Equal(_open, _types.Where(type => type is { IsClass: true, IsSealed: false }).Select(type => type.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void No_field_is_public_but_for_constants() =>
        Assert.Empty(_types.Where(type => !type.IsEnum).SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)).Where(field => !field.IsLiteral && !(field.IsStatic && field.IsInitOnly)).Select(field => $"{field.DeclaringType!.Name}.{field.Name}"));

    [Fact]
    public void Only_methods_that_try_have_out_parameters() =>
        Assert.Empty(_methods.Where(method => method.GetParameters().Any(it => it.ParameterType.IsByRef) && !method.Name.StartsWith("Try", StringComparison.Ordinal)).Select(Name));

    [Fact]
    public void Events_have_the_type_that_events_have() =>
        Assert.Empty(_types.SelectMany(type => type.GetEvents()).Where(it => it.EventHandlerType is not { IsGenericType: true } handler || handler.GetGenericTypeDefinition() != typeof(EventHandler<>)).Select(it => $"{it.DeclaringType!.Name}.{it.Name}"));

    [Fact]
    public void Collections_are_given_out_to_be_read()
    {
        var open =
            from type in _types
            from property in type.GetProperties(Own)
            where property.GetMethod is { IsPublic: true } && (property.PropertyType.IsArray || IsWritable(property.PropertyType))
            select $"{type.Name}.{property.Name}";
        Assert.Equal(_filled, open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Enums_are_named_in_the_plural_where_their_members_add_up_and_only_there() =>
        Assert.Empty(_types.Where(type => type.IsEnum && type.IsDefined(typeof(FlagsAttribute)) != (type.Name.EndsWith('s') && !type.Name.EndsWith("Status", StringComparison.Ordinal))).Select(type => type.Name));

    [Fact]
    public void Exceptions_and_only_they_are_called_so_and_can_have_a_cause()
    {
        Assert.Empty(_types.Where(type => typeof(Exception).IsAssignableFrom(type) != type.Name.EndsWith("Exception", StringComparison.Ordinal)).Select(type => type.Name));
        Assert.Empty(_types.Where(type => type is { IsAbstract: false } && type.Name.EndsWith("Exception", StringComparison.Ordinal) && type.Assembly.GetName().Name == "Sanctum.Client"
            && !type.GetConstructors().Any(made => made.GetParameters().Any(it => it.ParameterType == typeof(Exception)))).Select(type => type.Name));
    }

    [Fact]
    public void Names_are_words() =>
        Assert.Empty(_types.Where(type => type.Name.Contains('_', StringComparison.Ordinal) || type.Name.EndsWith("Helper", StringComparison.Ordinal) || type.Name.EndsWith("Manager", StringComparison.Ordinal) || type.Name.EndsWith("Impl", StringComparison.Ordinal)).Select(type => type.Name));

    [Fact]
    public void Namespaces_are_the_projects_own_or_where_hosts_look_for_extension_methods() =>
        Assert.Empty(_types.Where(type => type.Namespace is not { } name || !(name == "Sanctum" || name.StartsWith("Sanctum.", StringComparison.Ordinal) || (name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && type.IsAbstract && type.IsSealed))).Select(type => type.FullName));

    private static bool IsAwaited(Type type) =>
        type == typeof(Task) || type == typeof(ValueTask) || (type.IsGenericType && (type.GetGenericTypeDefinition() is var open && (open == typeof(Task<>) || open == typeof(ValueTask<>) || open == typeof(IAsyncEnumerable<>))));

    private static bool IsWritable(Type type) =>
        type is { IsGenericType: true, Namespace: "System.Collections.Generic" } && !type.Name.StartsWith("IReadOnly", StringComparison.Ordinal) && !type.Name.StartsWith("IEnumerable", StringComparison.Ordinal) && type.IsAssignableTo(typeof(System.Collections.IEnumerable));

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() is var first && first.DeclaringType != method.DeclaringType && first.DeclaringType!.Assembly != method.DeclaringType!.Assembly;

    private static bool EndsWithToken(MethodInfo method) => method.GetParameters() is [.., { ParameterType: var type, IsOptional: true }] && type == typeof(CancellationToken);

    private static string Name(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
