using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace HomeBridge.Tests.Hazards;

/// <summary>A field of a built type: whose it is, its type as text, and how it is declared.</summary>
internal sealed record BuiltField(string Owner, string Name, string Type, bool IsStatic, bool IsReadOnly, bool IsConstant);

/// <summary>A use of a member in the body of a method.</summary>
internal sealed record BuiltUse(string By, string Member, bool IsNew);

/// <summary>
/// What was really built, read from metadata and IL: names of the types that a closure or a state machine belongs to are
/// those of the type around it.
/// </summary>
internal sealed class BuiltAssembly : IDisposable
{
    private static readonly Dictionary<ushort, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(code => unchecked((ushort)code.Value));

    private readonly PEReader _file;
    private readonly MetadataReader _reader;
    private readonly Names _names = new();

    public BuiltAssembly(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
        Fields = [.. _reader.TypeDefinitions.SelectMany(FieldsOf)];
        Uses = [.. _reader.TypeDefinitions.SelectMany(UsesOf)];
    }

    public IReadOnlyList<BuiltField> Fields { get; }

    public IReadOnlyList<BuiltUse> Uses { get; }

    public IEnumerable<string> ReferencedAssemblies => _reader.AssemblyReferences.Select(handle => _reader.GetString(_reader.GetAssemblyReference(handle).Name));

    public IEnumerable<string> ReferencedTypes => _reader.TypeReferences.Select(handle => _names.GetTypeFromReference(_reader, handle, 0));

    public void Dispose() => _file.Dispose();

    private IEnumerable<BuiltField> FieldsOf(TypeDefinitionHandle type)
    {
        var owner = _names.GetTypeFromDefinition(_reader, type, 0);
        foreach (var handle in _reader.GetTypeDefinition(type).GetFields())
        {
            var field = _reader.GetFieldDefinition(handle);
            var kind = field.Attributes;
            yield return new BuiltField(
                owner, _reader.GetString(field.Name), field.DecodeSignature(_names, null),
                kind.HasFlag(System.Reflection.FieldAttributes.Static),
                kind.HasFlag(System.Reflection.FieldAttributes.InitOnly),
                kind.HasFlag(System.Reflection.FieldAttributes.Literal));
        }
    }

    private IEnumerable<BuiltUse> UsesOf(TypeDefinitionHandle type)
    {
        var by = Outermost(type);
        foreach (var handle in _reader.GetTypeDefinition(type).GetMethods())
        {
            var method = _reader.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            foreach (var (code, token) in Tokens(_file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!))
            {
                if (Member(MetadataTokens.EntityHandle(token)) is { } member)
                {
                    yield return new BuiltUse(by, member, code == OpCodes.Newobj);
                }
            }
        }
    }

    private string Outermost(TypeDefinitionHandle type)
    {
        while (_reader.GetTypeDefinition(type).GetDeclaringType() is { IsNil: false } around)
        {
            type = around;
        }

        return _names.GetTypeFromDefinition(_reader, type, 0);
    }

    private string? Member(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.MethodDefinition when _reader.GetMethodDefinition((MethodDefinitionHandle)handle) is var method =>
            $"{_names.GetTypeFromDefinition(_reader, method.GetDeclaringType(), 0)}::{_reader.GetString(method.Name)}",
        HandleKind.MemberReference when _reader.GetMemberReference((MemberReferenceHandle)handle) is var member =>
            $"{Parent(member.Parent)}::{_reader.GetString(member.Name)}",
        HandleKind.MethodSpecification => Member(_reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method),
        HandleKind.FieldDefinition when _reader.GetFieldDefinition((FieldDefinitionHandle)handle) is var field =>
            $"{_names.GetTypeFromDefinition(_reader, field.GetDeclaringType(), 0)}::{_reader.GetString(field.Name)}",
        _ => null,
    };

    private string Parent(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeReference => _names.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeDefinition => _names.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeSpecification => _names.GetTypeFromSpecification(_reader, null, (TypeSpecificationHandle)handle, 0),
        _ => "?",
    };

    private static IEnumerable<(OpCode Code, int Token)> Tokens(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var value = il[at] == 0xFE ? (ushort)((0xFE << 8) | il[at + 1]) : il[at];
            var code = Codes[value];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok)
            {
                yield return (code, BitConverter.ToInt32(il, at));
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    /// <summary>Types as text, generic arguments included.</summary>
    private sealed class Names : ISignatureTypeProvider<string, object?>
    {
        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeDefinition(handle);
            var name = reader.GetString(type.Name);
            return type.GetDeclaringType() is { IsNil: false } around
                ? $"{GetTypeFromDefinition(reader, around, 0)}/{name}"
                : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            var name = reader.GetString(type.Name);
            return type.ResolutionScope.Kind is HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}/{name}"
                : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";

        public string GetGenericInstantiation(string genericType, System.Collections.Immutable.ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index;

        public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => elementType + "[]";
    }
}
